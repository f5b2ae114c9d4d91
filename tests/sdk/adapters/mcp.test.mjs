// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { guardClient } from "@behalfid/sdk/mcp";
import * as newer from "@modelcontextprotocol/client";
import { StdioClientTransport as NewerTransport } from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { TOOLS, behalf, idIn, ran, rowOf, tellStories } from "./support.mjs";

const CALLS = join(mkdtempSync(join(tmpdir(), "mcp-")), "calls");
const server = { command: process.execPath, args: ["mcp_server.mjs"], env: { ...process.env, CALLS } };
const about = { name: "tests", version: "1.0.0" };
const clients = [
  [new Client(about), new StdioClientTransport(server)],
  [new newer.Client(about), new NewerTransport(server)],
];

before(async () => {
  for (const [client, transport] of clients) await client.connect(transport);
});
after(async () => {
  for (const [client] of clients) await client.close();
});
beforeEach(() => writeFileSync(CALLS, ""));

/** What has reached the server, where the stories look for it. */
function collect() {
  const lines = readFileSync(CALLS, "utf8").split("\n").filter(Boolean);
  writeFileSync(CALLS, "");
  ran.push(...lines.map((line) => JSON.parse(line)));
}

/** As the tools' names are the actions in the stories. */
const byName = (name) => ({ action: name, vendor: "tests" });

async function callWith(guarded, name, input) {
  const result = await guarded.callTool({ name, arguments: input });
  collect();
  return { text: result.content[0].text, isError: result.isError ?? false, meta: result._meta?.behalfid };
}

/** A mapping without a row for a tool leaves it to the adapter; in the stories the tool's name is then the action. */
function named(mapping = byName) {
  if (typeof mapping === "function" || typeof mapping.action === "string") return mapping;
  return async (name, input) => {
    const row = Object.hasOwn(mapping, name) ? mapping[name] : byName(name);
    return { action: name, ...(await (typeof row === "function" ? row(input) : row)) };
  };
}

for (const [client] of clients) {
  tellStories(
    (asked, mapping, name, input) =>
      callWith(guardClient(asked, client, { server: "tests", mapping: named(mapping) }), name, input),
    { ownError: /^the printer is on fire$/ },
  );
}

for (const [client] of clients) {
  test("a call is asked as the interceptor asks it, and the log shows what it was", async () => {
    const guarded = guardClient(behalf, client, { server: "shop" });
    const secret = `bhf_sk_${"a".repeat(43)}`;
    assert.equal((await callWith(guarded, "buy_ticket", { shop: secret, price: 2 })).isError, false);
    assert.deepEqual(ran.splice(0), [["buy_ticket", { shop: secret, price: 2 }]]);
    const denied = await callWith(guarded, "drop_table", { table: `a${"b".repeat(5000)}` });
    assert.deepEqual(ran, []);
    assert.match(denied.text, /denied/);
    const requestId = idIn(denied.text, "req");
    assert.deepEqual(denied.meta, { outcome: "denied", requestId, reason: denied.meta.reason });
    const row = await rowOf(requestId);
    assert.deepEqual([row.action, row.vendor], ["mcp_tool", "mcp:shop:drop_table"]);
    assert.equal(row.metadata.server, "shop");
    assert.equal(row.metadata.tool, "drop_table");
    assert.equal(row.metadata.arguments, `{"table":"a${"b".repeat(1013)}`);
  });

  test("arguments that are too large to be looked at are refused", async () => {
    const guarded = guardClient(behalf, client, { server: "shop" });
    const seen = await callWith(guarded, "buy_ticket", { shop: "a".repeat(20_000), price: 2 });
    assert.match(seen.text, /could not be decided[^]*16384 bytes/);
    assert.deepEqual([ran, seen.meta], [[], { outcome: "unknown" }]);
  });

  test("a path with two names is refused where it binds", async () => {
    const guarded = guardClient(behalf, client, {
      server: "shop",
      mapping: { action: "write_file", vendor: "files" },
    });
    const two = { path: "/srv/docs/a", file_path: "/etc/passwd", content: "" };
    assert.match((await callWith(guarded, "write_file", two)).text, /more than one path/);
    assert.deepEqual(ran, []);
  });

  test("the rest of the client stays what it is", async () => {
    const guarded = guardClient(behalf, client, { server: "shop" });
    assert.ok(guarded instanceof client.constructor);
    const { tools } = await guarded.listTools();
    assert.deepEqual(
      tools.map((tool) => tool.name),
      TOOLS.map((tool) => tool.name),
    );
    assert.equal(guarded.getServerVersion().name, "tests");
    const onerror = () => {};
    guarded.onerror = onerror;
    assert.equal(client.onerror, onerror);
  });

  test("a call that is ended while it is asked about is not sent", async () => {
    const guarded = guardClient(behalf, client, { server: "shop" });
    const options = { signal: AbortSignal.abort() };
    const given = client instanceof Client ? [CallToolResultSchema, options] : [options];
    const result = await guarded.callTool(
      { name: "buy_ticket", arguments: { shop: "a", price: 1 } },
      ...given,
    );
    collect();
    assert.equal(result.isError, true);
    assert.deepEqual(ran, []);
  });
}

test("other ways to call a tool ask too, or are refused", async () => {
  const [[client]] = clients;
  const guarded = guardClient(behalf, client, { server: "shop" });
  const params = { name: "drop_table", arguments: { table: "a" } };
  const result = await guarded.request({ method: "tools/call", params }, CallToolResultSchema);
  assert.equal(result.isError, true);
  await assert.rejects(guarded.callTool({ ...params, task: {} }), { name: "BehalfIDDenied" });
  const asTask = () => guarded.experimental.tasks.callToolStream(params);
  assert.throws(asTask, { name: "BehalfIDConfigurationError" });
  const asStream = () => guarded.requestStream({ method: "tools/call", params }, CallToolResultSchema);
  assert.throws(asStream, { name: "BehalfIDConfigurationError" });
  assert.equal(guarded.experimental.tasks._client, undefined);
  const pings = [];
  for await (const one of guarded.requestStream({ method: "ping" }, z.object({}))) pings.push(one.type);
  assert.deepEqual(pings, ["result"]);
  collect();
  assert.deepEqual(ran, []);
});

for (const [client] of clients) {
  test("what was asked about is sent, though the caller's object changes meanwhile", async () => {
    const guarded = guardClient(behalf, client, { server: "shop", mapping: named() });
    const params = { name: "buy_ticket", arguments: { shop: "a", price: 1 } };
    const running = guarded.callTool(params);
    params.name = "drop_table";
    params.arguments.price = 900;
    await running;
    const sent = { method: "tools/call", params: { name: "buy_ticket", arguments: { shop: "b", price: 2 } } };
    const given = client instanceof Client ? [CallToolResultSchema] : [];
    const requested = guarded.request(sent, ...given);
    sent.params.name = "drop_table";
    await requested;
    collect();
    assert.deepEqual(ran, [
      ["buy_ticket", { shop: "a", price: 1 }],
      ["buy_ticket", { shop: "b", price: 2 }],
    ]);
    const odd = { name: "buy_ticket", arguments: { shop: () => "a", price: 1 } };
    await assert.rejects(guarded.callTool(odd), { name: "BehalfIDConfigurationError" });
  });
}

for (const name of ["", " a", "a:b", "a,b", "a\nb", "a".repeat(65), undefined]) {
  test(`${JSON.stringify(name)} is no name of a server`, () => {
    assert.throws(() => guardClient(behalf, clients[0][0], { server: name }), {
      name: "BehalfIDConfigurationError",
    });
  });
}

test("options that are none are refused at once", () => {
  const wrong = { server: "shop", approval: "maybe" };
  assert.throws(() => guardClient(behalf, clients[0][0], wrong), { name: "BehalfIDConfigurationError" });
});
