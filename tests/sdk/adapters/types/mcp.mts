// SPDX-License-Identifier: Apache-2.0
import { BehalfID } from "@behalfid/sdk";
import { guardClient } from "@behalfid/sdk/mcp";
import { Client as Newer } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";

const behalf = new BehalfID();
const about = { name: "tests", version: "1.0.0" };

const client: Client = guardClient(behalf, new Client(about), { server: "files" });
(await client.callTool({ name: "read", arguments: { path: "a" } })).content satisfies unknown;
const newer: Newer = guardClient(behalf, new Newer(about), { server: "files", approval: "wait" });
(await newer.callTool({ name: "read" })).isError satisfies boolean | undefined;
// @ts-expect-error: the server needs a name
guardClient(behalf, newer, {});
// @ts-expect-error: this has no callTool
guardClient(behalf, {}, { server: "files" });
