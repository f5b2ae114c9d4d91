// SPDX-License-Identifier: Apache-2.0
/** Code that the pages show; tests run it. */

const ASK = `async function ask(request) {
  const response = await fetch(process.env.BEHALFID_BASE_URL + "/api/verify", {
    method: "POST",
    headers: {
      Authorization: \`Bearer \${process.env.BEHALFID_API_KEY}\`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ agentId: process.env.BEHALFID_AGENT_ID, ...request }),
    signal: AbortSignal.timeout(5000),
  });
  const answer = await response.json();
  if (response.status !== 200 || answer.allowed !== true)
    throw new Error(answer.reason ?? answer.error);
  return answer;
}
`;

/** A program that needs no library; `request` and `act` are lines of it. */
export function programFor(request: string, act: string): string {
  return `${ASK}
await ask(${request});
${act} // reached with "allowed": true, and in no other case
`;
}

/** The same with the SDK; the environment says which server and which agent. */
export const GUARDED = `import { BehalfID } from "@behalfid/sdk";

const behalf = new BehalfID();
const buy = behalf.guard(buyTickets, { action: "purchase", vendor: "coachella.com", amount: 742 });

await buy(); // asks first; throws, and buyTickets does not run, unless it is allowed
`;

export const SHELL = `behalf verify "$BEHALFID_AGENT_ID" \\
  --action purchase --vendor coachella.com --amount 742 && ./buy-tickets
`;

/** The answer to the example permission. */
export const ANSWER = {
  requestId: "req_9uE0m3mYw1m3cJv3k2r0bA",
  allowed: true,
  approvalRequired: false,
  reason: "Action allowed by active permission.",
  risk: "low",
};
