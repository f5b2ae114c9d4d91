// SPDX-License-Identifier: Apache-2.0
/** What all adapters must show, told once: each framework says only how its model calls a tool and what it then reads. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { beforeEach, test } from "node:test";
import { BehalfID } from "@behalfid/sdk";
import { z } from "zod";

/** What has run since the test began: names and arguments. */
export const ran = [];
beforeEach(() => ran.splice(0));

export const behalf = new BehalfID();
/** Of a server that is gone. */
export const gone = new BehalfID({ baseUrl: process.env.GONE_URL });
/** With a key that is not the agent's. */
export const stranger = new BehalfID({ apiKey: `bhf_sk_${"x".repeat(43)}` });

function tool(name, description, shape, result) {
  const run = (input) => {
    ran.push([name, input]);
    return result(input);
  };
  return { name, description, schema: z.object(shape), run };
}

const fail = () => {
  throw new Error("the printer is on fire");
};

/** The tools that every framework is given. Their permissions are made by test_adapters.py. */
export const TOOLS = [
  tool("buy_ticket", "Buys one", { shop: z.string(), price: z.number() }, ({ shop }) => `bought at ${shop}`),
  tool("send_email", "Sends one", { to: z.string() }, ({ to }) => `sent to ${to}`),
  tool("drop_table", "Drops one", { table: z.string() }, () => "dropped"),
  tool("print_page", "Prints one", { page: z.number() }, fail),
  tool("write_file", "Writes one", { path: z.string(), content: z.string() }, () => "written"),
  tool("run_script", "Runs one", { command: z.string() }, () => "done"),
];

/** A person says yes. */
export function approve(approvalId) {
  const words = ["admin", "approvals", "approve", approvalId];
  execFileSync(process.env.BEHALF_BIN, words, {
    env: { ...process.env, BEHALFID_DATA: process.env.SERVER_DATA },
  });
}

/** The log's row of a request, as the account's people see it. */
export async function rowOf(requestId) {
  const headers = { "x-developer-token": process.env.OWNERS_TOKEN };
  const answer = await fetch(`${process.env.BEHALFID_BASE_URL}/api/dashboard/logs?requestId=${requestId}`, {
    headers,
  });
  const { logs } = await answer.json();
  assert.equal(logs.length, 1);
  return logs[0];
}

export const idIn = (text, kind) => text.match(new RegExp(`${kind}_[\\w-]+`))?.[0];

export function assertRefused(seen, pattern) {
  assert.deepEqual(ran, []);
  assert.match(seen.text, pattern);
  assert.equal(seen.isError, true, seen.text);
}

/**
 * call(client, mapping, toolName, input) lets a scripted model call a guarded tool once, and gives what the model reads of
 * it on its next turn: {text, isError}.
 */
export function tellStories(call, { ownError }) {
  test("what is allowed runs once, with its arguments", async () => {
    const seen = await call(behalf, undefined, "buy_ticket", { shop: "coachella.com", price: 42 });
    assert.deepEqual(ran, [["buy_ticket", { shop: "coachella.com", price: 42 }]]);
    assert.match(seen.text, /bought at coachella\.com/);
    assert.equal(seen.isError, false);
  });

  test("what is denied does not run, and the model reads why", async () => {
    const seen = await call(behalf, undefined, "drop_table", { table: "users" });
    assertRefused(
      seen,
      /denied[^]*"drop_table" was not called[^]*No active permission exists for this action/,
    );
    assert.equal((await rowOf(idIn(seen.text, "req"))).action, "drop_table");
  });

  test("what a person must approve waits for one, and then runs once", async () => {
    const mail = ["send_email", { to: "ann@example.com" }];
    const held = await call(behalf, undefined, ...mail);
    assertRefused(held, /APPROVAL REQUIRED[^]*A person must approve it[^]*again with the same arguments/);
    assert.ok(idIn(held.text, "req"));
    const approvalId = idIn(held.text, "apr");
    assert.equal(idIn((await call(behalf, undefined, ...mail)).text, "apr"), approvalId);
    approve(approvalId);
    assert.match((await call(behalf, undefined, ...mail)).text, /sent to ann@example\.com/);
    assert.deepEqual(ran, [mail]);
    assert.notEqual(idIn((await call(behalf, undefined, ...mail)).text, "apr"), approvalId);
    assert.equal(ran.length, 1);
  });

  for (const [whose, client] of Object.entries({
    "that is gone": gone,
    "that does not know the key": stranger,
  })) {
    test(`with a server ${whose} nothing runs`, async () => {
      const seen = await call(client, undefined, "buy_ticket", { shop: "coachella.com", price: 42 });
      assertRefused(seen, /could not be decided\. Do not act\.[^]*"buy_ticket" was not called/);
      assert.doesNotMatch(seen.text, /bhf_/);
    });
  }

  test("a tool's own error is its own", async () => {
    const seen = await call(behalf, undefined, "print_page", { page: 1 });
    assert.equal(ran.length, 1);
    assert.match(seen.text, ownError);
    assert.doesNotMatch(seen.text, /BehalfID|approv|denied/i);
  });

  test("a mapping says what is asked: by tool, as a function, or one request for all", async () => {
    const asked = ({ shop, price }) => ({ action: "purchase", vendor: shop, amount: price });
    const [cheap, dear] = [742, 743].map((price) => ({ shop: "coachella.com", price }));
    const byTool = { buy_ticket: asked };
    const byFunction = async (_name, input) => asked(input);
    for (const mapping of [byTool, byFunction]) {
      assert.equal((await call(behalf, mapping, "buy_ticket", cheap)).isError, false);
      assert.deepEqual(ran.splice(0), [["buy_ticket", cheap]]);
      assertRefused(await call(behalf, mapping, "buy_ticket", dear), /denied[^]*amount/i);
    }
    assertRefused(await call(behalf, { action: "drop_table" }, "buy_ticket", cheap), /denied/);
    const held = await call(behalf, { drop_table: { vendor: "shop.example" } }, "drop_table", { table: "a" });
    assertRefused(held, /denied/);
    const row = await rowOf(idIn(held.text, "req"));
    assert.deepEqual([row.action, row.vendor], ["drop_table", "shop.example"]);
  });

  test("a mapping that fails keeps the tool from running", async () => {
    const broken = {
      buy_ticket: () => {
        throw new TypeError("price is no number");
      },
    };
    const seen = await call(behalf, broken, "buy_ticket", { shop: "a", price: 1 });
    assertRefused(seen, /could not be decided[^]*price is no number/);
  });

  test("rules about paths and commands see what the arguments name", async () => {
    const inside = { path: "/srv/docs/a", content: "b" };
    assert.equal((await call(behalf, undefined, "write_file", inside)).isError, false);
    assert.deepEqual(ran.splice(0), [["write_file", inside]]);
    assertRefused(
      await call(behalf, undefined, "write_file", { path: "/etc/passwd", content: "b" }),
      /denied/,
    );
    const commands = { action: "execute_command", vendor: "shell" };
    assertRefused(await call(behalf, commands, "run_script", { command: "rm -rf /" }), /denied/);
    assert.equal((await call(behalf, commands, "run_script", { command: "ls" })).isError, false);
  });
}

/** Tools that nobody would ask for are no guarded tools; nor is one that a mapping names wrongly. */
export function tellRefusals(guardAll, refused) {
  for (const [what, tools] of Object.entries(refused)) {
    test(`${what} is refused`, () => {
      assert.throws(() => guardAll(tools), {
        name: "BehalfIDConfigurationError",
        message: /cannot be guarded/,
      });
    });
  }

  test("options that are none are refused at once", () => {
    const wrong = { approval: "maybe" };
    assert.throws(() => guardAll(undefined, undefined, wrong), { name: "BehalfIDConfigurationError" });
  });

  test("a mapping that is none, and a row that is none, are refused at once", () => {
    for (const wrong of [null, 7, "purchase", { buy_ticket: 7 }, { buy_ticket: "purchase" }]) {
      assert.throws(() => guardAll(undefined, wrong), {
        name: "BehalfIDConfigurationError",
        message: /mapping/,
      });
    }
  });

  test("a row of the mapping for no tool is refused", () => {
    const wrong = { buyTicket: { action: "purchase" } };
    assert.throws(() => guardAll(undefined, wrong), {
      name: "BehalfIDConfigurationError",
      message: /"buyTicket"/,
    });
  });
}
