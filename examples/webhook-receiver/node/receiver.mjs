// SPDX-License-Identifier: Apache-2.0
/** A webhook receiver that takes nothing but what BehalfID signed. */
import { createServer } from "node:http";
import { verifyWebhookSignature } from "@behalfid/sdk";

const BODY_LIMIT = 1 << 20;
/** After a rotation both secrets, separated by a comma, until the old one has ended. */
const secrets = (process.env.WEBHOOK_SECRET ?? "").split(",").filter(Boolean);

/** Events come at least once: remember which ones you have had. (A real receiver keeps this in its database.) */
const seen = new Set();
function isNew(eventId) {
  if (seen.has(eventId)) return false;
  seen.add(eventId);
  if (seen.size > 10_000) seen.delete(seen.values().next().value);
  return true;
}

/** The body is verified as it came, before anything reads it. */
function take(headers, body) {
  if (!secrets.some((secret) => verifyWebhookSignature(secret, body, headers))) return 401;
  const event = JSON.parse(body);
  if (isNew(event.eventId)) {
    console.log(`${event.createdAt}  ${event.eventId}  ${event.type}  ${JSON.stringify(event.data)}`);
  }
  return 204; // soon: what takes long belongs into a queue, after ten seconds the event counts as not delivered
}

const server = createServer(async (request, response) => {
  const pieces = [];
  let length = 0;
  try {
    for await (const piece of request) {
      length += piece.length;
      if (length > BODY_LIMIT) break;
      pieces.push(piece);
    }
    response.statusCode = length > BODY_LIMIT ? 413 : take(request.headers, Buffer.concat(pieces));
  } catch {
    response.statusCode = 400;
  }
  response.end();
});

if (secrets.length === 0) {
  console.error("Set WEBHOOK_SECRET to the endpoint's secret.");
  process.exit(1);
}
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
