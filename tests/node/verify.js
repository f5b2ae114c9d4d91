// SPDX-License-Identifier: Apache-2.0
// Verifies captured requests with the library "standardwebhooks", as a receiver of somebody else's would.
//
//     node verify.js < requests.json
//
// reads [{"secret", "headers", "body" (base64)}] and prints, for each, what the payload's type is, or null when the
// library refuses it.
"use strict";

const { Webhook } = require("standardwebhooks");

function verify(request) {
  try {
    const payload = Buffer.from(request.body, "base64").toString("utf8");
    return new Webhook(request.secret).verify(payload, request.headers).type;
  } catch {
    return null;
  }
}

let text = "";
process.stdin.on("data", (chunk) => (text += chunk));
process.stdin.on("end", () => console.log(JSON.stringify(JSON.parse(text).map(verify))));
