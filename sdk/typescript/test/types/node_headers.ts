// SPDX-License-Identifier: Apache-2.0
// Compiled, never run: the headers of node:http, and of each of them, go in as they are.
import { createServer } from "node:http";
import { verifyWebhookSignature } from "@behalfid/sdk";

export const server = createServer(({ headers }, response) => {
  const body = Buffer.from("{}");
  const all: boolean = verifyWebhookSignature("whsec_", body, headers);
  const one: boolean = verifyWebhookSignature("whsec_", body, headers["behalfid-signature"]);
  const signature = headers["behalfid-signature"];
  const timestamp = headers["behalfid-timestamp"];
  const parts: boolean = verifyWebhookSignature({ secret: "whsec_", payload: body, signature, timestamp });
  response.end(String(all && one && parts));
});
