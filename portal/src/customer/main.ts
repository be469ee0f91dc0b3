import { HOME } from "virtual:documents";
import { askEarly } from "~/api/ask";
import { renewEarly } from "~/api/session";
import { beginView } from "~/api/view";
import { appear } from "~/app/reader";
import { homeDays } from "~/customer/home/days";

appear();
beginView();
const renewed = renewEarly();
// Development registers no documents: there the client sends them whole.
if (import.meta.env.PROD && window.location.pathname === "/") askEarly("Home", HOME, homeDays(), renewed);
// One after the other, though they come together: each runs in a piece of its own, and the browser breathes between them.
void import("~/app/mount").then(() => import("~/customer/begin")).then(({ begin }) => begin());
