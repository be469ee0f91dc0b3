import { beginView } from "~/api/view";
import { appear } from "~/app/reader";

appear();
beginView();
// One after the other, though they come together: each runs in a piece of its own, and the browser breathes between them.
void import("~/app/mount").then(() => import("~/customer/beginSignIn")).then(({ begin }) => begin());
