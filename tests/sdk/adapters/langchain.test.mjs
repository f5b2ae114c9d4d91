// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { guardTools } from "@behalfid/sdk/langchain";
import { AIMessage } from "@langchain/core/messages";
import { RunnableLambda } from "@langchain/core/runnables";
import { fakeModel } from "@langchain/core/testing";
import { DynamicStructuredTool, DynamicTool, StructuredTool, Tool, tool } from "@langchain/core/tools";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { createAgent } from "langchain";
import { z } from "zod";
import { TOOLS, behalf, ran, tellRefusals, tellStories } from "./support.mjs";

const makeTools = () => TOOLS.map(({ run, ...fields }) => tool(async (input) => run(input), fields));
const callOf = (name, args) => ({ type: "tool_call", id: "call_1", name, args });
const readMessage = (message) => ({ text: message.content, isError: message.status === "error" });

/** An agent with a model that calls the tool, and then says that it is done. */
async function callByAgent(client, mapping, name, args) {
  const model = fakeModel()
    .respondWithTools([callOf(name, args)])
    .respond(new AIMessage("done"));
  const agent = createAgent({ model, tools: guardTools(client, makeTools(), mapping) });
  await agent.invoke({ messages: [{ role: "user", content: "Go" }] });
  return readMessage(model.calls[1].messages.at(-1));
}

/** LangGraph's own node for tools, which shows each error to the model. */
async function callByNode(client, mapping, name, args) {
  const node = new ToolNode(guardTools(client, makeTools(), mapping));
  const messages = [new AIMessage({ content: "", tool_calls: [callOf(name, args)] })];
  return readMessage((await node.invoke({ messages })).messages[0]);
}

tellStories(callByAgent, { ownError: /the printer is on fire/ });
tellStories(callByNode, { ownError: /the printer is on fire/ });

tellRefusals((tools = makeTools(), ...rest) => guardTools(behalf, tools, ...rest), {
  "a tool that the provider runs": [{ type: "web_search", name: "web_search" }],
  "a runnable": [RunnableLambda.from(() => 1).asTool({ name: "one", schema: z.object({}) })],
});

test("the tools stay what they are", () => {
  const tools = makeTools();
  guardTools(behalf, tools).forEach((guarded, at) => {
    assert.ok(guarded instanceof StructuredTool);
    for (const member of ["name", "description", "schema", "returnDirect", "responseFormat", "metadata"]) {
      assert.equal(guarded[member], tools[at][member]);
    }
  });
});

test("whoever invokes a tool with mere arguments gets the error", async () => {
  const [buy, , drop] = guardTools(behalf, makeTools());
  assert.equal(await buy.invoke({ shop: "a", price: 1 }), "bought at a");
  await assert.rejects(drop.invoke({ table: "a" }), { name: "BehalfIDDenied" });
  await assert.rejects(drop.call({ table: "a" }), { name: "BehalfIDDenied" });
  assert.equal(ran.length, 1);
});

test("arguments that the schema refuses are not asked about", async () => {
  const [buy] = guardTools(behalf, makeTools());
  await assert.rejects(buy.invoke({ shop: 1 }), /did not match expected schema/);
  assert.deepEqual(ran, []);
});

test("the function that a tool was made of asks too, and once", async () => {
  const fields = { name: "drop_table", description: "", func: async () => ran.push(["drop_table"]) };
  const made = [
    makeTools()[2],
    new DynamicTool(fields),
    new DynamicStructuredTool({ ...fields, schema: z.object({ table: z.string() }) }),
  ];
  for (const guarded of guardTools(behalf, made)) {
    const ways = [guarded.func, guarded.lc_kwargs.func];
    for (const func of ways) await assert.rejects(func({ table: "a" }), { name: "BehalfIDDenied" });
    const again = new DynamicStructuredTool({ ...fields, schema: z.object({}), func: guarded.func });
    await assert.rejects(again.invoke({}), { name: "BehalfIDDenied" });
  }
  assert.deepEqual(ran, []);
  const [buy] = guardTools(behalf, makeTools());
  assert.equal(await buy.func({ shop: "a", price: 1 }), "bought at a");
  assert.equal(ran.length, 1);
});

test("a class of Tool's kind, and one of StructuredTool's, can be guarded", async () => {
  class Drop extends Tool {
    name = "drop_table";
    description = "";
    async _call() {
      ran.push(["drop_table"]);
    }
  }
  class Tables extends DynamicStructuredTool {}
  const schema = z.object({});
  const tables = new Tables({ name: "drop_table", schema, func: async () => ran.push(["drop_table"]) });
  const text = tool(async () => ran.push(["drop_table"]), { name: "drop_table", schema: z.string() });
  for (const guarded of guardTools(behalf, [new Drop(), tables, text])) {
    await assert.rejects(guarded.invoke(guarded instanceof Tables ? {} : "a"), { name: "BehalfIDDenied" });
  }
  assert.deepEqual(ran, []);
});

for (const kind of [StructuredTool, Tool, DynamicTool, DynamicStructuredTool]) {
  for (const entry of ["invoke", "call", "stream", "batch"]) {
    test(`a ${kind.lc_name()} with its own ${entry} is refused`, () => {
      const fields = { name: "buy_ticket", description: "", schema: z.object({}), func: async () => "" };
      class Own extends kind {
        name = "buy_ticket";
        async _call() {}
      }
      Own.prototype[entry] = async () => ran.push([entry]);
      const one = new (class extends kind {
        name = "buy_ticket";
        async _call() {}
      })(fields);
      assert.ok(guardTools(behalf, [one]));
      const refused = { name: "BehalfIDConfigurationError", message: new RegExp(`its own ${entry}`) };
      assert.throws(() => guardTools(behalf, [new Own(fields)]), refused);
      one[entry] = async () => ran.push([entry]);
      assert.throws(() => guardTools(behalf, [one]), refused);
    });
  }
}

test("a class keeps what is private to it", async () => {
  class Secretive extends StructuredTool {
    name = "buy_ticket";
    description = "";
    schema = z.object({});
    #shop = "a secret shop";
    async _call() {
      return this.#shop;
    }
  }
  const [guarded] = guardTools(behalf, [new Secretive()]);
  assert.equal(await guarded.invoke({}), "a secret shop");
});

test("content and artifact come apart, of a refusal too", async () => {
  const fields = { schema: z.object({}), responseFormat: "content_and_artifact" };
  const [buy, drop] = ["buy_ticket", "drop_table"].map((name) =>
    tool(async () => ["text", { a: 1 }], { name, ...fields }),
  );
  const [guarded, denied] = guardTools(behalf, [buy, drop]);
  const message = await guarded.invoke(callOf("buy_ticket", {}));
  assert.deepEqual([message.content, message.artifact, message.status], ["text", { a: 1 }, "success"]);
  const refused = await denied.invoke(callOf("drop_table", {}));
  assert.match(refused.content, /BehalfID: denied/);
  assert.deepEqual([refused.artifact, refused.status], [undefined, "error"]);
});

test("a tool that streams still streams, and gets its configuration", async () => {
  const events = [];
  const count = async function* (_input, config) {
    ran.push([config.configurable.who]);
    yield "one";
    yield "two";
    return "three";
  };
  const [guarded] = guardTools(behalf, [tool(count, { name: "buy_ticket", schema: z.object({}) })]);
  const callbacks = [{ handleToolEvent: (event) => void events.push(event) }];
  const output = await guarded.invoke({}, { callbacks, configurable: { who: "ann" } });
  assert.deepEqual([output, ran], ["three", [["ann"]]]);
  assert.deepEqual(events, ["one", "two"]);
});

test("a call that is ended while it is asked about does not run", async () => {
  const [buy] = guardTools(behalf, makeTools());
  const controller = new AbortController();
  const running = buy.invoke({ shop: "a", price: 1 }, { signal: controller.signal });
  controller.abort();
  await assert.rejects(running);
  assert.deepEqual(ran, []);
});

test("the signal of the options counts beside the one of the call, either of them", async () => {
  const alive = new AbortController().signal;
  const aborted = AbortSignal.abort();
  const aborts = { name: "BehalfIDUnavailable", kind: "aborted" };
  const [buy] = guardTools(behalf, makeTools(), undefined, { signal: aborted });
  await assert.rejects(buy.invoke({ shop: "a", price: 1 }, { signal: alive }), aborts);
  await assert.rejects(buy.invoke({ shop: "a", price: 1 }), aborts);
  const mine = new AbortController();
  const [later] = guardTools(behalf, makeTools(), undefined, { signal: mine.signal });
  const running = later.invoke({ shop: "a", price: 1 }, { signal: alive });
  mine.abort();
  await assert.rejects(running, aborts);
  assert.deepEqual(ran, []);
  const [free] = guardTools(behalf, makeTools(), undefined, { signal: new AbortController().signal });
  assert.equal(await free.invoke({ shop: "a", price: 1 }, { signal: alive }), "bought at a");
});
