// SPDX-License-Identifier: Apache-2.0
// Compiled, never run: the same from a CommonJS module.
import sdk = require("@behalfid/sdk");

const behalf: sdk.BehalfID = new sdk.BehalfID({ apiKey: "bhf_sk_test" });
export const decision: Promise<sdk.Decision> = behalf.verify({ action: "purchase" });
// @ts-expect-error an action is needed
export const wrong = behalf.verify({});
