// SPDX-License-Identifier: Apache-2.0
/** Code to take along. The key is in none of it: it comes from the environment. */
import { programFor } from "../public/samples.ts";
import { requestOf, targetKind, verifyBody, type Trial } from "./wizard.ts";

/** One word of a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function environmentLines(baseUrl: string, agentId: string, apiKey: string): string {
  return [
    `export BEHALFID_BASE_URL=${shellWord(baseUrl)}`,
    `export BEHALFID_AGENT_ID=${shellWord(agentId)}`,
    `export BEHALFID_API_KEY=${shellWord(apiKey)}`,
  ].join("\n");
}

export function curlSnippet(baseUrl: string, agentId: string, trial: Trial): string {
  return [
    `curl -s ${shellWord(`${baseUrl}/api/verify`)} \\`,
    `  -H "Authorization: Bearer $BEHALFID_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d ${shellWord(JSON.stringify(verifyBody(agentId, trial)))}`,
  ].join("\n");
}

/** JSON as one writes it in a program: names that need no quotes have none. */
function literal(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/^( *)"([A-Za-z_]\w*)":/gm, "$1$2:");
}

/** The agent and the server come from the environment, as the key does. */
export function nodeSnippet(trial: Trial): string {
  return `import { BehalfID } from "@behalfid/sdk";

async function act() {
  console.log("acted");
}

const behalf = new BehalfID();
const guarded = behalf.guard(act, ${literal(requestOf(trial))});

await guarded(); // asks first, and throws unless it is allowed
`;
}

/** JSON as Python reads it: the request has texts, numbers and objects of these alone. */
export function pythonSnippet(trial: Trial): string {
  return `from behalfid import guard


@guard(request=${JSON.stringify(requestOf(trial), null, 4)})
def act():
    print("acted")


act()  # asks first, and raises unless it is allowed
`;
}

/** Without any library; the agent comes from the environment, as the key does. */
export function fetchSnippet(trial: Trial): string {
  return `async function act() {
  console.log("acted");
}

${programFor(literal(requestOf(trial)), "await act();")}`;
}

export function commandSnippet(agentId: string, trial: Trial): string {
  const kind = targetKind(trial.action.trim());
  const words = ["behalf", "verify", agentId, "--action", trial.action.trim()];
  if (trial.vendor.trim() !== "") words.push("--vendor", trial.vendor.trim());
  if (trial.amount.trim() !== "") words.push("--amount", trial.amount.trim());
  if (kind !== null && trial.target !== "") words.push(`--${kind}`, trial.target);
  return `${words.map(shellWord).join(" ")}   # exit 0: allowed`;
}
