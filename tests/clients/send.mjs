// Sends messages through a client for Node: `node send.mjs segment|rudderstack ADDRESS KEY FILE`.
// The file has one message as JSON a line.
import { readFileSync } from "node:fs";
import { Analytics } from "@segment/analytics-node";
import RudderAnalytics from "@rudderstack/rudder-sdk-node";

const [library, address, key, file] = process.argv.slice(2);
const messages = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const failed = [];

if (library === "segment") {
  const analytics = new Analytics({ writeKey: key, host: address, flushAt: 250, maxRetries: 10 });
  analytics.on("error", (error) => failed.push(error));
  for (let first = 0; first < messages.length; first += 1_000) {
    const sent = messages.slice(first, first + 1_000).map(
      (message) =>
        new Promise((done) => analytics.track({ ...message, timestamp: new Date(message.timestamp) }, done)),
    );
    if (sent.length === 1_000) await Promise.all(sent); // four whole batches
  }
  await analytics.closeAndFlush();
} else {
  const analytics = new RudderAnalytics(key, { dataPlaneUrl: address, flushAt: 250, maxInternalQueueSize: 1_000_000 });
  for (let first = 0; first < messages.length; first += 250) {
    for (const message of messages.slice(first, first + 250)) {
      analytics.track({ ...message, timestamp: new Date(message.timestamp) }, (error) => error && failed.push(error));
    }
    await analytics.flush();
  }
}
if (failed.length) {
  console.error(`${failed.length} failed`, failed[0]);
  process.exit(1);
}
process.exit(0);
