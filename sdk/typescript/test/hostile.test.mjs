// SPDX-License-Identifier: Apache-2.0
// What a program around the client may do to it: prototypes, odd options, odd errors, and the package being there twice.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { load } from "./sdk.mjs";

const sdk = await load();
const imported = await import("@behalfid/sdk");
const required = createRequire(import.meta.url)("@behalfid/sdk");
const KEYS = { apiKey: "bhf_sk_test", agentId: "agent_test" };
const ALLOW = { requestId: "req_1", allowed: true, approvalRequired: false, reason: "Allowed.", risk: "low" };
const ASK = { ...ALLOW, allowed: false, approvalRequired: true, approvalId: "apr_1" };
const REQUEST = { action: "purchase", vendor: "coachella.com" };
const misused = { name: "BehalfIDConfigurationError" };

/** A client whose server gives this answer; `sent` are the requests. */
function clientOf(answer, options = {}) {
  const sent = [];
  const fetch = async (url, request) => {
    sent.push({ url, ...request });
    return new Response(JSON.stringify(answer));
  };
  return { behalf: new sdk.BehalfID({ ...KEYS, developerToken: "bhf_dev_test", fetch, ...options }), sent };
}

/** The work, while all objects have these members. */
async function withPolluted(members, work) {
  Object.assign(Object.prototype, members);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name);
  }
}

for (const member of [{ shadow: true }, { mode: "shadow" }, { amount: 0 }, { toJSON: () => REQUEST }]) {
  const [name] = Object.keys(member);
  test(`nothing is asked and nothing runs while all objects have ${name}`, async () => {
    const shadowDecision = { allowed: false, reason: "Denied.", risk: "high" };
    const { behalf, sent } = clientOf({ ...ALLOW, shadow: true, shadowDecision });
    let ran = false;
    const guarded = behalf.guard(() => (ran = true), Object.assign(Object.create(null), REQUEST));
    await withPolluted(member, () =>
      assert.rejects(guarded(), { ...misused, message: new RegExp(`\\.${name} `) }),
    );
    assert.deepEqual([ran, sent], [false, []]);
  });
}

test("an answer says only what it holds itself", async () => {
  const { behalf } = clientOf({});
  let ran = false;
  const guarded = behalf.guard(() => (ran = true), REQUEST);
  const action = { action: "browse_web", resource: "web", input: { url: "https://example.com" } };
  const site = clientOf({}, { siteKey: "bhf_site_test" }).behalf.siteGuard;
  await withPolluted({ ...ALLOW, executed: false }, async () => {
    for (const call of [guarded(), behalf.executeAction(action), site.check({ path: "/" })]) {
      await assert.rejects(call, { name: "BehalfIDUnavailable", kind: "malformed" });
    }
  });
  assert.equal(ran, false);
});

test("no option comes from the prototype of all objects", async () => {
  await withPolluted({ baseUrl: "http://127.0.0.1:9" }, () =>
    assert.throws(() => new sdk.BehalfID(KEYS), { ...misused, message: /baseUrl/ }),
  );
  const { behalf } = clientOf(ALLOW);
  await withPolluted({ approval: "wait" }, () =>
    assert.throws(() => behalf.guard(() => 1, REQUEST), misused),
  );
});

test("options that are none are refused by every call, and nothing is sent", async () => {
  const { behalf, sent } = clientOf(ALLOW);
  const action = { action: "browse_web", resource: "web", input: { url: "https://example.com" } };
  const calls = [
    (options) => behalf.verify(REQUEST, options),
    (options) => behalf.verifyOrThrow(REQUEST, options),
    (options) => behalf.waitForApproval("apr_1", options),
    (options) => behalf.executeAction(action, options),
    (options) => behalf.getBoundary(undefined, options),
    (options) => behalf.getLogs(undefined, {}, options),
    (options) => behalf.iterateLogs(undefined, {}, options).next(),
    (options) => behalf.rotateKey(undefined, options),
    (options) => behalf.createAgent("one", options),
    (options) => behalf.createPermission({ action: "x" }, options),
    async (options) => behalf.guard(assert.fail, REQUEST, options),
  ];
  for (const call of calls) {
    for (const options of [null, 7, { timeout: 3 }, { signal: {} }, { signal: "now" }]) {
      await assert.rejects(call(options), misused);
    }
  }
  for (const options of [null, 7, "bhf_sk_test"]) assert.throws(() => new sdk.BehalfID(options), misused);
  assert.deepEqual(sent, []);
});

test("a query that is none is refused, and null is no query", async () => {
  const { behalf, sent } = clientOf([]);
  for (const query of [
    7,
    { from: new Date("never") },
    { search: "\ud800" },
    { search: {} },
    { search: [] },
  ]) {
    await assert.rejects(behalf.getLogs(undefined, query), misused);
    await assert.rejects(behalf.iterateLogs(undefined, query).next(), misused);
  }
  assert.deepEqual(sent, []);
  assert.deepEqual(await behalf.getLogs(undefined, null), []);
});

test("a date that is none is not sent as null", async () => {
  const { behalf, sent } = clientOf({});
  const permission = { action: "purchase", constraints: { expiresAt: new Date("never") } };
  await assert.rejects(behalf.createPermission(permission), {
    ...misused,
    message: /expiresAt is no valid date/,
  });
  assert.deepEqual(sent, []);
});

test("a cause that leads back to itself is followed to no end, and one that is no Error of ours is read", async () => {
  const circle = new Error("around");
  circle.cause = circle;
  const foreign = new TypeError("fetch failed", { cause: { message: "", code: "ECONNREFUSED" } });
  for (const [error, message] of [
    [circle, /around/],
    [foreign, /ECONNREFUSED/],
    [null, /the connection failed/],
  ]) {
    const { behalf } = clientOf(ALLOW, { fetch: () => Promise.reject(error) });
    await assert.rejects(behalf.verify(REQUEST), { name: "BehalfIDUnavailable", kind: "network", message });
  }
});

test("what one build throws is of the classes of the other", async () => {
  assert.notEqual(imported.BehalfIDDenied, required.BehalfIDDenied);
  const error = await clientOf(ASK)
    .behalf.verifyOrThrow(REQUEST)
    .catch((thrown) => thrown);
  for (const build of [imported, required]) {
    assert.ok(error instanceof build.BehalfIDError && error instanceof build.BehalfIDDenied);
    assert.ok(error instanceof build.BehalfIDApprovalRequired && error instanceof Error);
    assert.ok(!(error instanceof build.BehalfIDUnavailable) && !(error instanceof build.BehalfIDAPIError));
    assert.ok(!(new TypeError("other") instanceof build.BehalfIDError));
    for (const value of [null, undefined, "BehalfIDDenied", 7])
      assert.ok(!(value instanceof build.BehalfIDError));
    class Own extends build.BehalfIDDenied {}
    const { decision } = error;
    assert.ok(!(error instanceof Own) && !(new build.BehalfIDDenied(decision) instanceof Own));
    assert.ok(new Own(decision) instanceof Own && new Own(decision) instanceof sdk.BehalfIDDenied);
    assert.ok(!(new Own(decision) instanceof build.BehalfIDApprovalRequired));
  }
});

test("a secret that is not set makes nothing genuine, and a pepper that is no text neither", () => {
  const parts = {
    payload: "{}",
    signature: `v1=${"0".repeat(64)}`,
    timestamp: Math.floor(Date.now() / 1000),
  };
  for (const secret of [undefined, null, ""]) {
    assert.equal(sdk.verifyWebhookSignature(secret, "{}", parts.signature), false);
    assert.equal(sdk.verifyWebhookSignature({ ...parts, secret }), false);
  }
  assert.equal(sdk.verifyWebhookSignature({ ...parts, secret: "a", signingPepper: 7 }), false);
});
