// SPDX-License-Identifier: Apache-2.0
/*
 * A webhook receiver that takes nothing but what BehalfID signed. No packages needed, Node 18 or newer.
 *
 *     WEBHOOK_SECRET=whsec_... PORT=3000 node examples/webhook_receiver.mjs
 *
 * Every request is signed in two ways, and both are checked here so that you can see them; in your own code one will
 * do. After a rotation put both secrets in, separated by a comma, until the old one has ended.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const TOLERANCE_S = 300;
const BODY_LIMIT = 1 << 20;
const secrets = (process.env.WEBHOOK_SECRET ?? "").split(",").filter(Boolean);

function isEqual(a, b) {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Signed within the last five minutes: an old request that somebody recorded is refused. */
function isRecent(timestamp) {
  return /^\d{1,11}$/.test(timestamp) && Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE_S;
}

/** BehalfID-Signature: hex HMAC of "<timestamp>.<body>"; the key is the hex SHA-256 of the secret, as text. */
function verifyOwn(secret, headers, body) {
  const timestamp = headers["behalfid-timestamp"] ?? "";
  const key = createHash("sha256").update(secret).digest("hex");
  const wanted = "v1=" + createHmac("sha256", key).update(`${timestamp}.`).update(body).digest("hex");
  const given = [headers["behalfid-signature"], headers["behalfid-signature-previous"]];
  return isRecent(timestamp) && given.some((one) => isEqual(one ?? "", wanted));
}

/** webhook-signature, as https://www.standardwebhooks.com describes it: any of several, separated by blanks. */
function verifyStandard(secret, headers, body) {
  const timestamp = headers["webhook-timestamp"] ?? "";
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = createHmac("sha256", key).update(`${headers["webhook-id"] ?? ""}.${timestamp}.`).update(body);
  const wanted = "v1," + signed.digest("base64");
  const given = (headers["webhook-signature"] ?? "").split(" ");
  return isRecent(timestamp) && given.some((one) => isEqual(one, wanted));
}

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
  const own = secrets.some((secret) => verifyOwn(secret, headers, body));
  const standard = secrets.some((secret) => verifyStandard(secret, headers, body));
  if (!own || !standard) return 401;
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
