import "~/console/styles";
import { start } from "~/app/App";
import { appear } from "~/app/reader";
import { Console } from "~/console/Console";
import { messages } from "~/console/messages";

appear();
start({ messages, base: "/console", Face: Console });
