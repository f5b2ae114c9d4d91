// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { guardTools } from "@behalfid/sdk/ai";
import { generateText, isStepCount, jsonSchema, streamText, tool } from "ai";
import { MockLanguageModelV4, simulateReadableStream } from "ai/test";
import { TOOLS, assertRefused, behalf, gone, ran, tellRefusals, tellStories } from "./support.mjs";

const makeTools = () =>
  Object.fromEntries(
    TOOLS.map(({ name, description, schema, run }) => [
      name,
      tool({ description, inputSchema: schema, execute: async (input) => run(input) }),
    ]),
  );

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const ends = (unified) => ({ finishReason: { unified, raw: undefined }, usage, warnings: [] });
const callOf = (toolName, input) => ({
  type: "tool-call",
  toolCallId: "call_1",
  toolName,
  input: JSON.stringify(input),
});

/** Calls the tool, then says that it is done. */
const makeModel = (toolName, input) =>
  new MockLanguageModelV4({
    doGenerate: [
      { content: [callOf(toolName, input)], ...ends("tool-calls") },
      { content: [{ type: "text", text: "done" }], ...ends("stop") },
    ],
  });

const stream = (...chunks) => ({ stream: simulateReadableStream({ chunks }) });
const makeStreamingModel = (toolName, input) =>
  new MockLanguageModelV4({
    doStream: [
      stream({ type: "stream-start", warnings: [] }, callOf(toolName, input), {
        type: "finish",
        ...ends("tool-calls"),
      }),
      stream({ type: "stream-start", warnings: [] }, { type: "finish", ...ends("stop") }),
    ],
  });

/** What stands in the prompt of the second turn. */
function readSecond(calls) {
  const { output } = calls[1].prompt.at(-1).content[0];
  const isError = output.type.startsWith("error");
  return { text: typeof output.value === "string" ? output.value : JSON.stringify(output.value), isError };
}

const twoTurns = { prompt: "Go", stopWhen: isStepCount(2) };

tellStories(
  async (client, mapping, toolName, input) => {
    const model = makeModel(toolName, input);
    await generateText({ model, tools: guardTools(client, makeTools(), mapping), ...twoTurns });
    return readSecond(model.doGenerateCalls);
  },
  { ownError: /the printer is on fire/ },
);

const inputSchema = jsonSchema({ type: "object", properties: {} });
tellRefusals((tools = makeTools(), ...rest) => guardTools(behalf, tools, ...rest), {
  "a tool that the client runs": { ask_user: tool({ inputSchema }) },
  "a tool that the provider runs": {
    search: {
      type: "provider",
      isProviderExecuted: true,
      id: "a.b",
      args: {},
      inputSchema,
      execute: async () => 1,
    },
  },
});

test("the tools stay what they are", async () => {
  const tools = makeTools();
  const guarded = guardTools(behalf, tools);
  for (const [name, { execute, ...rest }] of Object.entries(tools)) {
    const { execute: other, ...others } = guarded[name];
    assert.deepEqual(others, rest);
    assert.notEqual(other, execute);
  }
  const [plain, asked] = [makeModel("drop_table", { table: "a" }), makeModel("drop_table", { table: "a" })];
  await generateText({ model: plain, tools, prompt: "Go" });
  await generateText({ model: asked, tools: guarded, prompt: "Go" });
  assert.deepEqual(asked.doGenerateCalls[0].tools, plain.doGenerateCalls[0].tools);
});

test("the error of a refused call is there for the program too", async () => {
  const model = makeModel("drop_table", { table: "a" });
  const { content } = await generateText({ model, tools: guardTools(behalf, makeTools()), prompt: "Go" });
  const { error } = content.find((part) => part.type === "tool-error");
  assert.equal(error.name, "BehalfIDDenied");
  assert.match(error.requestId, /^req_/);
});

async function* count(input) {
  for (const at of [1, 2, 3]) {
    ran.push(["count", at]);
    yield `${at} of ${input.shop}`;
  }
}

async function streamed(client, execute) {
  const model = makeStreamingModel("buy_ticket", { shop: "a", price: 1 });
  const buy_ticket = tool({ inputSchema: TOOLS[0].schema, execute });
  const result = streamText({ model, tools: guardTools(client, { buy_ticket }), ...twoTurns });
  const parts = [];
  for await (const part of result.stream) if (part.type.startsWith("tool-")) parts.push(part);
  return { parts, model };
}

test("a tool that streams still streams", async () => {
  const { parts, model } = await streamed(behalf, count);
  const results = parts.filter((part) => part.type === "tool-result");
  const seen = results.map(({ output, preliminary = false }) => [output, preliminary]);
  const first = ["1 of a", "2 of a", "3 of a"].map((output) => [output, true]);
  assert.deepEqual(seen, [...first, ["3 of a", false]]);
  assert.equal(readSecond(model.doStreamCalls).text, "3 of a");
});

test("of a stream that no generator makes the last item is the result", async () => {
  const { model } = await streamed(behalf, (input) => count(input));
  assert.equal(readSecond(model.doStreamCalls).text, "3 of a");
});

test("a tool that streams does not begin without an allow", async () => {
  const { model } = await streamed(gone, count);
  assertRefused(readSecond(model.doStreamCalls), /could not be decided/);
});

test("a tool gets the options of its call, and runs no more when the call was ended while it was asked about", async () => {
  const { buy_ticket } = guardTools(behalf, {
    buy_ticket: tool({
      inputSchema: TOOLS[0].schema,
      execute: async (input, options) => ran.push([input, options]),
    }),
  });
  const options = { toolCallId: "call_1", messages: [], abortSignal: new AbortController().signal };
  await buy_ticket.execute({ shop: "a", price: 1 }, options);
  assert.deepEqual(ran.splice(0), [[{ shop: "a", price: 1 }, options]]);
  const ended = AbortSignal.abort();
  await assert.rejects(
    buy_ticket.execute({ shop: "a", price: 1 }, { ...options, abortSignal: ended }),
    /was not called/,
  );
  const controller = new AbortController();
  const running = buy_ticket.execute({ shop: "a", price: 1 }, { ...options, abortSignal: controller.signal });
  controller.abort();
  await assert.rejects(running, /was not called/);
  assert.deepEqual(ran, []);
});
