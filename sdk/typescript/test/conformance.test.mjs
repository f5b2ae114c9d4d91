// SPDX-License-Identifier: Apache-2.0
// Every shared case of sdk/conformance/cases.jsonl holds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import { startScripted } from "./scripted_server.mjs";
import { load } from "./sdk.mjs";

const sdk = await load();
const file = process.env.BEHALFID_CASES ?? new URL("../../conformance/cases.jsonl", import.meta.url);
const cases = readFileSync(file, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

test("there are cases", () => assert.ok(cases.length >= 80));
for (const one of cases) test(one.name, () => run(one));

async function run(one) {
  const server = await startScripted(one.answers ?? []);
  const clock = Date.now;
  const stopwatch = performance.now;
  const environment = { ...process.env };
  try {
    const others = Object.entries(environment).filter(([name]) => !name.startsWith("BEHALFID_"));
    process.env = { ...Object.fromEntries(others), ...one.environment };
    if (one.now !== undefined) Date.now = () => one.now * 1000;
    if (one.answers?.some(({ at }) => at !== undefined)) setStopwatch(server.clockMs);
    const facts = { ran: false, told: 0 };
    const outcome = await attempt(() => callAll(one, server.url, facts));
    checkOutcome(one.outcome, outcome, facts);
    checkRequests(one.requests ?? [], server.requests);
  } finally {
    Date.now = clock;
    setStopwatch(stopwatch);
    process.env = environment;
    await server.close();
  }
}

/** Not by assignment, which Node 18 refuses. */
function setStopwatch(now) {
  Object.defineProperty(performance, "now", { value: now, configurable: true, writable: true });
}

async function attempt(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

async function callAll(one, url, facts) {
  const calls = Array.isArray(one.call) ? one.call : [one.call];
  if (calls[0].method === "verifyWebhookSignature") return sdk.verifyWebhookSignature(...calls[0].arguments);
  const client = new sdk.BehalfID(optionsOf(one.client, url));
  let value;
  for (const call of calls) value = await make(client, call, facts);
  return value;
}

function optionsOf(client = {}, url) {
  const options = { baseUrl: url, apiKey: "bhf_sk_test", agentId: "agent_test", timeoutMs: 5000, ...client };
  options.baseUrl = options.baseUrl?.replace("SERVER", url);
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
}

async function make(client, call, facts) {
  const given = (call.arguments ?? []).map((argument) => argument ?? undefined);
  if (call.method === "new") return undefined;
  if (call.method === "guard") return guard(client, call, facts);
  if (call.method === "siteGuard.check") return client.siteGuard.check(...given);
  if (call.method !== "iterateLogs") return client[call.method](...given);
  const rows = [];
  for await (const row of client.iterateLogs(...given)) rows.push(row);
  return rows;
}

function guard(client, call, facts) {
  const options = { ...call.options };
  if (options.onApprovalRequired) options.onApprovalRequired = () => void facts.told++;
  const own = async () => {
    facts.ran = true;
    if (call.function === "throws") throw new Error("of the function");
    return "ran";
  };
  return client.guard(own, mappingOf(call.mapping), options)(...call.arguments);
}

function mappingOf(mapping) {
  if (mapping === "throws") {
    return () => {
      throw new Error("of the mapping");
    };
  }
  if (!JSON.stringify(mapping).includes('"$')) return mapping;
  return (...given) =>
    Object.fromEntries(
      Object.entries(mapping).map(([name, value]) => {
        const place = /^\$([0-9])$/.exec(value);
        return [name, place === null ? value : given[Number(place[1])]];
      }),
    );
}

function checkOutcome(wanted, got, facts) {
  if (wanted.throws === undefined) {
    if (got.error !== undefined) throw got.error;
    if (wanted.made !== true) assert.deepEqual(bare(got.value), bare(wanted.returns));
  } else {
    assert.ok(got.error instanceof Error, `it returned ${inspect(got.value)}`);
    assert.equal(got.error.constructor.name, wanted.throws, inspect(got.error));
    assert.equal(got.error.name, wanted.throws);
    if (wanted.throws !== "Error") assert.ok(got.error instanceof sdk.BehalfIDError);
    for (const [name, value] of Object.entries(wanted.fields ?? {})) {
      assert.notEqual(got.error[name], undefined, name);
      assert.deepEqual(bare(got.error[name]), bare(value), name);
    }
    const text = inspect(got.error, { depth: 9 });
    for (const part of wanted.says ?? []) assert.ok(text.includes(part), `${part} is not in ${text}`);
    for (const part of wanted.saysNot ?? []) assert.ok(!text.includes(part), `${part} is in ${text}`);
  }
  if (wanted.ran !== undefined) assert.equal(facts.ran, wanted.ran, "ran");
  if (wanted.told !== undefined) assert.equal(facts.told, wanted.told, "told");
}

/** The value without members that are null. */
function bare(value) {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, bare(member)]));
}

function checkRequests(wanted, got) {
  assert.deepEqual(
    got.map(({ method, path }) => `${method} ${path}`),
    wanted.map(({ method, path }) => `${method} ${path}`),
  );
  wanted.forEach((request, index) => {
    const { headers, body } = got[index];
    if (request.body === null) assert.equal(body, "");
    else assert.deepEqual(JSON.parse(body), request.body);
    for (const [name, value] of Object.entries(request.headers ?? {})) {
      checkHeader(name, value, headers[name], got[0].headers[name]);
    }
  });
}

function checkHeader(name, wanted, got, first) {
  if (wanted === null) assert.equal(got, undefined, name);
  else if (wanted === "*") assert.ok(got, name);
  else if (wanted === "=1") assert.equal(got, first, name);
  else if (wanted === "!1") assert.ok(got && got !== first, name);
  else assert.equal(got, wanted, name);
}
