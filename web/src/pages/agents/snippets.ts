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

export const mcpConfig = `{
  "mcpServers": {
    "behalfid": {
      "type": "stdio",
      "command": "behalf",
      "args": ["mcp", "start"]
    }
  }
}`;
