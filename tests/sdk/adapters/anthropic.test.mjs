// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { BehalfIDApprovalRequired } from "@behalfid/sdk";
import { guardTools } from "@behalfid/sdk/anthropic";
import { TOOLS, behalf, ran, tellRefusals, tellStories } from "./support.mjs";

const makeTools = () =>
  TOOLS.map(({ schema: inputSchema, run, ...fields }) =>
    betaZodTool({ ...fields, inputSchema, run: async (input) => run(input) }),
  );

/** The API: calls the tool that is wanted, then says that it is done; remembers what it was sent. */
let wanted;
let turns;
const api = createServer(async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  turns.push(JSON.parse(body));
  const first = turns.length === 1;
  const content = first ? [{ type: "tool_use", id: "toolu_1", ...wanted }] : [{ type: "text", text: "done" }];
  const usage = { input_tokens: 1, output_tokens: 1 };
  const stop = { stop_reason: first ? "tool_use" : "end_turn", stop_sequence: null };
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({ id: "msg_1", type: "message", role: "assistant", model: "m", content, usage, ...stop }),
  );
});
before(() => new Promise((done) => void api.listen(0, "127.0.0.1", done)));
after(() => api.close());

async function runWith(tools, name, input) {
  [wanted, turns] = [{ name, input }, []];
  const client = new Anthropic({
    apiKey: "test",
    baseURL: `http://127.0.0.1:${api.address().port}`,
    maxRetries: 0,
  });
  const messages = [{ role: "user", content: "Go" }];
  await client.beta.messages.toolRunner({ model: "m", max_tokens: 9, messages, tools });
  return turns;
}

tellStories(
  async (client, mapping, name, input) => {
    const [, second] = await runWith(guardTools(client, makeTools(), mapping), name, input);
    const [result] = second.messages.at(-1).content;
    return { text: result.content, isError: result.is_error ?? false };
  },
  { ownError: /^Error: the printer is on fire$/ },
);

tellRefusals((tools = makeTools(), ...rest) => guardTools(behalf, tools, ...rest), {
  "a tool that Anthropic runs": [{ type: "web_search_20250305", name: "web_search" }],
  "a tool that is only described": [{ name: "get_time", input_schema: { type: "object" } }],
  "a set of tools": [{ type: "computer_toolset_20260801", run: async () => [] }],
});

test("the tools stay what they are", async () => {
  const tools = makeTools();
  const [plain] = await runWith(tools, "print_page", { page: 1 });
  const [asked] = await runWith(guardTools(behalf, tools), "print_page", { page: 1 });
  assert.deepEqual(asked.tools, plain.tools);
});

test("a tool gets its context, and does not run when the call was ended while it was asked about", async () => {
  const [buy] = makeTools();
  const [guarded] = guardTools(behalf, [{ ...buy, run: (...given) => ran.push(given) }]);
  const context = { toolUse: { id: "toolu_1" }, signal: new AbortController().signal };
  await guarded.run({ shop: "a", price: 1 }, context);
  assert.deepEqual(ran.splice(0), [[{ shop: "a", price: 1 }, context]]);
  const controller = new AbortController();
  const running = guarded.run({ shop: "a", price: 1 }, { ...context, signal: controller.signal });
  controller.abort();
  await assert.rejects(running, /was not called/);
  assert.deepEqual(ran, []);
});

test("a mapping that gives no request keeps the tool from running; so does one that throws what is no error", async () => {
  const throws = (what) => () => {
    throw what;
  };
  for (const mapping of [
    () => 7,
    () => "purchase",
    throws(null),
    throws(Object.create(null)),
    throws(Symbol("x")),
  ]) {
    const [buy] = guardTools(behalf, makeTools(), mapping);
    await assert.rejects(
      buy.run({ shop: "a", price: 1 }),
      /could not be decided[^]*"buy_ticket" was not called/,
    );
  }
  assert.deepEqual(ran, []);
});

test("an error that somebody has frozen says the same", async () => {
  const options = { onApprovalRequired: Object.freeze };
  const [, mail] = guardTools(behalf, makeTools(), undefined, options);
  await assert.rejects(mail.run({ to: "ann@example.com" }), (error) => {
    assert.ok(error instanceof BehalfIDApprovalRequired && error.approvalId.startsWith("apr_"));
    return /APPROVAL REQUIRED/.test(error.message);
  });
  assert.deepEqual(ran, []);
});

test("a tool's name cannot pass for another part of what the model reads", async () => {
  const [guarded] = guardTools(behalf, [{ name: "drop\u202e\u2028 \ntable", run: () => ran.push("table") }]);
  await assert.rejects(guarded.run({}), /The tool "drop table" was not called/);
  assert.deepEqual(ran, []);
});

test("guardTools takes a client first", () => {
  const wrong = { name: "BehalfIDConfigurationError", message: /first argument/ };
  for (const client of [undefined, null, {}, makeTools()]) {
    assert.throws(() => guardTools(client, makeTools()), wrong);
  }
});
