// SPDX-License-Identifier: Apache-2.0
/** Texts to connect an agent with. The key never stands in them: it is shown once, when it is made. */

export interface Place {
  /** This server, as the browser reaches it. */
  origin: string;
  agentId: string;
}

/** What the agent asks in an example. */
export interface Example {
  action: string;
  resource: string | null;
}

export function commandLine({ origin, agentId }: Place): string {
  return [
    `behalf config set base-url ${origin}`,
    `behalf config set agent-id ${agentId}`,
    "behalf config set api-key bhf_sk_...",
    "behalf doctor",
  ].join("\n");
}

export const codingAgent = [
  "behalf mcp init    # in the folder of the project",
  "behalf claude      # or: behalf codex, behalf run cursor",
].join("\n");

export const mcpConfig = `{
  "mcpServers": {
    "behalfid": {
      "type": "stdio",
      "command": "behalf",
      "args": ["mcp", "start"]
    }
  }
}`;

function fieldsOf({ agentId }: Place, { action, resource }: Example): [string, string][] {
  const fields: [string, string][] = [
    ["agentId", agentId],
    ["action", action],
  ];
  return resource === null ? fields : [...fields, ["vendor", resource]];
}

/** The body comes on standard input, behind a quoted word: nothing in it means anything to the shell. */
export function curlCall(place: Place, example: Example): string {
  const body = JSON.stringify(Object.fromEntries(fieldsOf(place, example)), null, 2);
  return [
    `curl -s ${place.origin}/api/verify \\`,
    '  -H "Authorization: Bearer $BEHALFID_API_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    "  --data-binary @- <<'BODY'",
    body,
    "BODY",
  ].join("\n");
}

export function sdkCall(place: Place, example: Example): string {
  const lines = fieldsOf(place, example).map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`);
  return [
    'import { BehalfID } from "@behalfid/sdk";',
    "",
    "const behalf = new BehalfID({",
    "  apiKey: process.env.BEHALFID_API_KEY,",
    `  baseUrl: ${JSON.stringify(place.origin)},`,
    "});",
    "const decision = await behalf.verify({",
    ...lines,
    "});",
    "// act only on a yes",
    "if (!decision.allowed) throw new Error(decision.reason);",
  ].join("\n");
}
