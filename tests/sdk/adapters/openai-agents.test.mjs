// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { guardTools } from "@behalfid/sdk/openai-agents";
import { Agent, Usage, run, setTracingDisabled, tool, webSearchTool } from "@openai/agents";
import { z } from "zod";
import { TOOLS, approve, assertRefused, behalf, ran, tellRefusals, tellStories } from "./support.mjs";

setTracingDisabled(true);

const makeTools = () =>
  TOOLS.map(({ name, description, schema, run }) =>
    tool({ name, description, parameters: schema, execute: async (input) => run(input) }),
  );

/** Calls the tool, then says that it is done; remembers what it was sent. */
class Model {
  turns = [];

  constructor(name, input) {
    this.call = {
      type: "function_call",
      callId: "call_1",
      name,
      status: "completed",
      arguments: JSON.stringify(input),
    };
  }

  async getResponse(request) {
    this.turns.push(request);
    const content = [{ type: "output_text", text: "done" }];
    const message = { type: "message", role: "assistant", status: "completed", content };
    return { usage: new Usage(), output: [this.turns.length === 1 ? this.call : message] };
  }
}

/** What stands in the input of the second turn. This framework does not mark errors. */
function readSecond(model, refused = /BehalfID|APPROVAL REQUIRED/) {
  const item = model.turns[1].input.find((one) => one.type === "function_call_result");
  const text = typeof item.output === "string" ? item.output : item.output.text;
  return { text, isError: refused.test(text) };
}

tellStories(
  async (client, mapping, name, input) => {
    const model = new Model(name, input);
    await run(new Agent({ name: "Test", model, tools: guardTools(client, makeTools(), mapping) }), "Go");
    return readSecond(model);
  },
  { ownError: /An error occurred while running the tool/ },
);

tellRefusals((tools = makeTools(), ...rest) => guardTools(behalf, tools, ...rest), {
  "a tool that OpenAI runs": [webSearchTool()],
});

test("the tools stay what they are", () => {
  const tools = makeTools();
  guardTools(behalf, tools).forEach(({ invoke, ...rest }, at) => {
    const { invoke: own, ...others } = tools[at];
    assert.deepEqual(rest, others);
    assert.notEqual(invoke, own);
  });
});

const [{ schema }] = TOOLS;
const ticket = (fields, name = "drop_table") => {
  const execute = async () => ran.push([name]);
  return tool({ name, description: "", parameters: z.object({}), execute, ...fields });
};

async function goWith(made, name = "drop_table") {
  const model = new Model(name, {});
  return {
    model,
    result: await run(new Agent({ name: "Test", model, tools: guardTools(behalf, [made]) }), "Go"),
  };
}

test("a tool with an output schema answers by its errorFunction", async () => {
  const errorFunction = (_context, error) => ({ problem: error.message });
  const outputSchema = z.object({ problem: z.string() });
  const { model } = await goWith(ticket({ outputSchema, errorFunction }));
  assertRefused(readSecond(model), /BehalfID: denied/);
});

test("a tool with an output schema alone ends the run", async () => {
  await assert.rejects(goWith(ticket({ outputSchema: z.object({ a: z.string() }) })), /BehalfID: denied/);
  assert.deepEqual(ran, []);
});

test("the framework's own approvals still hold, before anything is asked", async () => {
  const { result } = await goWith(ticket({ needsApproval: true }));
  assert.equal(result.interruptions.length, 1);
  assert.deepEqual(ran, []);
});

test("a tool does not run after its time is over, also when it is allowed then", async () => {
  const late = ticket({ timeoutMs: 300 }, "send_email");
  const model = new Model("send_email", {});
  let approvalId;
  const onApprovalRequired = (error) => void (approvalId = error.approvalId);
  const tools = guardTools(
    behalf,
    [late],
    { action: "late_email" },
    { approval: "wait", onApprovalRequired },
  );
  await run(new Agent({ name: "Test", model, tools }), "Go");
  assert.match(readSecond(model).text, /timed out/);
  approve(approvalId);
  await sleep(1500);
  assert.deepEqual(ran, []);
});

test("arguments that cannot be read are not asked about, and nothing runs", async () => {
  const [guarded] = guardTools(behalf, [ticket({ parameters: schema }, "buy_ticket")]);
  assert.match(await guarded.invoke({}, "{"), /could not be decided/);
  assert.deepEqual(ran, []);
});

test("where the mapping misses what a default fills in, nothing is asked and nothing runs", async () => {
  const parameters = z.object({ shop: z.string().default("evil.example"), price: z.number().default(900) });
  const mapping = { buy_ticket: ({ shop, price }) => ({ action: "purchase", vendor: shop, amount: price }) };
  const [guarded] = guardTools(behalf, [ticket({ parameters }, "buy_ticket")], mapping);
  assert.match(await guarded.invoke({}, "{}"), /could not be decided[^]*gives no vendor/);
  assert.match(await guarded.invoke({}, '{"shop":"coachella.com"}'), /gives no amount/);
  assert.deepEqual(ran, []);
  await guarded.invoke({}, '{"shop":"coachella.com","price":1}');
  assert.equal(ran.length, 1);
});
