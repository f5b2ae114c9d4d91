// SPDX-License-Identifier: Apache-2.0
/** Texts to connect an agent with. The key never stands in them: it is shown once, when it is made. */

export interface Place {
  /** This server, as the browser reaches it. */
  origin: string;
  agentId: string;
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

export const mcpConfig = JSON.stringify(
  { mcpServers: { behalfid: { type: "stdio", command: "behalf", args: ["mcp", "start"] } } },
  null,
  2,
);

export function curlCall({ origin, agentId }: Place): string {
  const body = JSON.stringify({ agentId, action: "deploy_production", vendor: "vercel.com" });
  return [
    `curl -s ${origin}/api/verify \\`,
    '  -H "Authorization: Bearer $BEHALFID_API_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${body}'`,
  ].join("\n");
}

export function sdkCall({ origin, agentId }: Place): string {
  return `import { BehalfID } from "@behalfid/sdk";

const behalf = new BehalfID({ apiKey: process.env.BEHALFID_API_KEY, baseUrl: "${origin}" });
const decision = await behalf.verify({
  agentId: "${agentId}",
  action: "deploy_production",
  vendor: "vercel.com",
});
if (!decision.allowed) throw new Error(decision.reason); // act only on a yes`;
}
