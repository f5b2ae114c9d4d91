// SPDX-License-Identifier: Apache-2.0
/** An MCP server with the tools of the tests; each call that reaches it is a line of the file CALLS. */
import { appendFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { TOOLS } from "./support.mjs";

const server = new McpServer({ name: "tests", version: "1.0.0" });
for (const { name, description, schema, run } of TOOLS) {
  server.registerTool(name, { description, inputSchema: schema.shape }, async (input) => {
    appendFileSync(process.env.CALLS, `${JSON.stringify([name, input])}\n`);
    return { content: [{ type: "text", text: run(input) }] };
  });
}
await server.connect(new StdioServerTransport());
