// SPDX-License-Identifier: Apache-2.0
// What only this language has: signals, this, names, a fetch of one's own, and where the client refuses to be.
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import { startScripted } from "./scripted_server.mjs";
import { load } from "./sdk.mjs";

const sdk = await load();
const KEYS = { apiKey: "bhf_sk_test", agentId: "agent_test" };
const ALLOW = { requestId: "req_1", allowed: true, approvalRequired: false, reason: "Allowed.", risk: "low" };
const ASK = { ...ALLOW, allowed: false, approvalRequired: true, approvalId: "apr_1" };
const REQUEST = { action: "purchase", vendor: "coachella.com" };

/** Calls work with a client of a server that gives these answers; returns what the server got. */
async function withServer(answers, work, options = {}) {
  const server = await startScripted(answers);
  try {
    await work(new sdk.BehalfID({ baseUrl: server.url, ...KEYS, ...options }), server);
    return server.requests;
  } finally {
    await server.close();
  }
}

const answersOf = (...bodies) => bodies.map((body) => ({ status: 200, body }));
const aborted = { name: "BehalfIDUnavailable", kind: "aborted", status: null };

for (const globals of [{ window: {}, document: {} }, { importScripts: () => undefined }]) {
  test(`there is no client where there is ${Object.keys(globals).join(" and ")}`, () => {
    Object.assign(globalThis, globals);
    try {
      for (const options of [{}, KEYS, { siteKey: "bhf_site_test" }]) {
        assert.throws(() => new sdk.BehalfID(options), {
          name: "BehalfIDConfigurationError",
          message: /browser/,
        });
      }
    } finally {
      for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
    }
    assert.ok(new sdk.BehalfID(KEYS));
  });
}

test("an option that is none is named, and nothing is asked", async () => {
  const wrong = { name: "BehalfIDConfigurationError" };
  const named = (name) => ({ ...wrong, message: new RegExp(`\\b${name} is no option here`) });
  assert.throws(() => new sdk.BehalfID({ ...KEYS, baseURL: "http://127.0.0.1:9" }), named("baseURL"));
  assert.throws(() => new sdk.BehalfID({ ...KEYS, timeout: 3 }), named("timeout"));
  const requests = await withServer(answersOf(ALLOW), async (behalf) => {
    await assert.rejects(behalf.verify(REQUEST, { timeout: 3 }), named("timeout"));
    assert.throws(() => behalf.guard(() => 1, REQUEST, { aproval: "wait" }), named("aproval"));
  });
  assert.equal(requests.length, 0);
});

test("window alone is no browser", () => {
  globalThis.window = globalThis;
  try {
    assert.ok(new sdk.BehalfID(KEYS));
  } finally {
    Reflect.deleteProperty(globalThis, "window");
  }
});

test("a call whose signal was aborted before is not sent", async () => {
  const requests = await withServer(answersOf(ALLOW), async (behalf) => {
    await assert.rejects(behalf.verify(REQUEST, { signal: AbortSignal.abort() }), aborted);
  });
  assert.equal(requests.length, 0);
});

test("a signal ends a call while its answer is awaited", async () => {
  await withServer([{ fault: "hang" }], async (behalf, server) => {
    const controller = new AbortController();
    const call = behalf.verify(REQUEST, { signal: controller.signal });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    await assert.rejects(call, aborted);
  });
});

test("a signal ends the waiting for an approval", async () => {
  await withServer([...answersOf(ASK), { fault: "hang" }], async (behalf, server) => {
    const controller = new AbortController();
    let ran = false;
    const guarded = behalf.guard(() => (ran = true), REQUEST, {
      approval: "wait",
      signal: controller.signal,
    });
    const call = guarded();
    while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    await assert.rejects(call, aborted);
    assert.equal(ran, false);
  });
});

test("a signal that is aborted when the allow has come keeps the function from running", async () => {
  let answered = false;
  const signal = {
    get aborted() {
      return answered;
    },
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  };
  const answer = async () => {
    answered = true;
    return new Response(JSON.stringify(ALLOW));
  };
  const behalf = new sdk.BehalfID({ ...KEYS, fetch: answer });
  let ran = false;
  await assert.rejects(behalf.guard(() => (ran = true), REQUEST, { signal })(), aborted);
  assert.deepEqual([answered, ran], [true, false]);
});

test("a fetch that honours no signal does not keep the time from ending", async () => {
  const behalf = new sdk.BehalfID({ ...KEYS, timeoutMs: 50, fetch: () => new Promise(() => undefined) });
  await assert.rejects(behalf.verify(REQUEST), { name: "BehalfIDUnavailable", kind: "timeout" });
});

test("every call has its time: 5 seconds, for an action 30, for an approval as long as the server waits", async () => {
  const set = globalThis.setTimeout;
  const delays = [];
  globalThis.setTimeout = (work, delay, ...rest) => {
    delays.push(delay);
    return set(work, delay, ...rest);
  };
  const answer = {
    ...ALLOW,
    executed: false,
    allowed: false,
    approval: { approvalId: "apr_1", status: "denied" },
  };
  const quick = { ...KEYS, fetch: async () => new Response(JSON.stringify(answer)) };
  try {
    const action = { action: "browse_web", resource: "web", input: { url: "https://example.com" } };
    const behalf = new sdk.BehalfID(quick);
    await behalf.verify(REQUEST);
    await behalf.executeAction(action);
    await behalf.waitForApproval("apr_1");
    const patient = new sdk.BehalfID({ ...quick, timeoutMs: 60_000 });
    await patient.executeAction(action);
    await patient.executeAction(action, { timeoutMs: 7_000 });
  } finally {
    globalThis.setTimeout = set;
  }
  assert.deepEqual(delays, [5_000, 30_000, 35_000, 60_000, 7_000]);
});

test("a fetch that throws at once is a fault of the network", async () => {
  const failing = () => {
    throw new TypeError("no network, and bhf_sk_hidden");
  };
  const behalf = new sdk.BehalfID({ ...KEYS, fetch: failing });
  await assert.rejects(behalf.verify(REQUEST), (error) => {
    assert.equal(error.kind, "network");
    assert.match(error.message, /no network/);
    assert.doesNotMatch(inspect(error), /hidden/);
    return true;
  });
});

test("a redirect that fetch hides is a redirect", async () => {
  const opaque = async () => ({ type: "opaqueredirect", status: 0, headers: new Headers(), body: null });
  const behalf = new sdk.BehalfID({ ...KEYS, fetch: opaque });
  await assert.rejects(behalf.verify(REQUEST), { kind: "redirect" });
});

test("a fetch of one's own is not called after the end, and a redirect that it followed is one", async () => {
  let calls = 0;
  const followed = async () => {
    calls++;
    return Object.defineProperty(new Response(JSON.stringify(ALLOW)), "redirected", { value: true });
  };
  const behalf = new sdk.BehalfID({ ...KEYS, fetch: followed });
  await assert.rejects(behalf.verify(REQUEST, { signal: AbortSignal.abort() }), aborted);
  assert.equal(calls, 0);
  await assert.rejects(behalf.verify(REQUEST), { kind: "redirect" });
  assert.equal(calls, 1);
});

test("bytes that are no UTF-8 are no answer", async () => {
  const bytes = Buffer.from(JSON.stringify({ ...ALLOW, reason: "\u00ff" }), "latin1");
  const behalf = new sdk.BehalfID({ ...KEYS, fetch: async () => new Response(bytes) });
  await assert.rejects(behalf.verify(REQUEST), { kind: "malformed", status: 200 });
});

test("a guarded function keeps its this, its name and its length, and may be synchronous", async () => {
  const requests = await withServer(answersOf(ALLOW), async (behalf) => {
    const shop = {
      vendor: "coachella.com",
      buy: behalf.guard(
        function buyTicket(price, seat) {
          return `${this.vendor} ${price} ${seat}`;
        },
        function (price) {
          return { action: "purchase", vendor: this.vendor, amount: price };
        },
      ),
    };
    assert.equal(shop.buy.name, "buyTicket");
    assert.equal(shop.buy.length, 2);
    assert.equal(await shop.buy(742, "A1"), "coachella.com 742 A1");
  });
  assert.deepEqual(JSON.parse(requests[0].body), { ...REQUEST, amount: 742, agentId: "agent_test" });
});

test("a mapping may be asynchronous, and one that rejects asks nothing", async () => {
  const requests = await withServer(answersOf(ALLOW), async (behalf) => {
    assert.equal(
      await behalf.guard(
        () => 7,
        async () => REQUEST,
      )(),
      7,
    );
    const failing = behalf.guard(assert.fail, async () => Promise.reject(new RangeError("no mapping")));
    await assert.rejects(failing(), RangeError);
    await assert.rejects(behalf.guard(assert.fail, () => undefined)(), {
      name: "BehalfIDConfigurationError",
    });
    await assert.rejects(behalf.guard(assert.fail, () => "purchase")(), {
      name: "BehalfIDConfigurationError",
    });
  });
  assert.equal(requests.length, 1);
});

test("an error of the guarded function is the very same object", async () => {
  await withServer(answersOf(ALLOW), async (behalf) => {
    const own = { not: "even an Error" };
    await behalf
      .guard(() => Promise.reject(own), REQUEST)()
      .then(assert.fail, (error) => assert.equal(error, own));
  });
});

test("when telling that a person must approve fails, nothing runs and nobody waits", async () => {
  const requests = await withServer(answersOf(ASK), async (behalf) => {
    const onApprovalRequired = async () => Promise.reject(new RangeError("no chat"));
    const guarded = behalf.guard(assert.fail, REQUEST, { approval: "wait", onApprovalRequired });
    await assert.rejects(guarded(), RangeError);
  });
  assert.equal(requests.length, 1);
});

test("every call of a guard has a key of its own", async () => {
  const requests = await withServer(answersOf(ALLOW, ALLOW), async (behalf) => {
    const guarded = behalf.guard(() => undefined, REQUEST);
    await guarded();
    await guarded();
  });
  const [first, second] = requests.map(({ headers }) => headers["idempotency-key"]);
  assert.match(first, /^[0-9a-f-]{36}$/);
  assert.notEqual(first, second);
});

test("guard refuses what it cannot guard when it is called", () => {
  const behalf = new sdk.BehalfID(KEYS);
  const refused = { name: "BehalfIDConfigurationError" };
  assert.throws(() => behalf.guard("not a function", REQUEST), refused);
  assert.throws(
    () =>
      behalf.guard(
        class Ticket {
          price = 1;
        },
        REQUEST,
      ),
    refused,
  );
  assert.throws(() => behalf.guard(function* () {}, REQUEST), refused);
  assert.throws(() => behalf.guard(async function* () {}, REQUEST), refused);
  assert.ok(behalf.guard({ class() {} }.class, REQUEST));
  assert.throws(() => behalf.guard(() => 1, REQUEST, { onApprovalRequired: "tell" }), refused);
  assert.throws(() => behalf.guard(() => 1, undefined), refused);
  assert.throws(() => behalf.guard(() => 1, "purchase"), refused);
  assert.throws(() => behalf.guard(() => 1, REQUEST, { approval: "yes" }), refused);
  assert.throws(() => behalf.guard(() => 1, REQUEST, { timeoutMs: NaN }), refused);
  assert.throws(() => behalf.guard(() => 1, REQUEST, { approvalTimeoutMs: 2 ** 31 }), refused);
});

test("what JSON would drop or change is never sent", async () => {
  const requests = await withServer([], async (behalf) => {
    const circle = {};
    circle.self = circle;
    const bad = [
      { amount: NaN },
      { amount: Infinity },
      { amount: 1n },
      { vendor: () => "x" },
      { metadata: circle },
    ];
    for (const fields of [
      ...bad,
      { metadata: { deep: [Symbol("x")] } },
      { metadata: { price: -Infinity } },
    ]) {
      await assert.rejects(behalf.verify({ ...REQUEST, ...fields }), { name: "BehalfIDConfigurationError" });
    }
    await assert.rejects(behalf.verify(null), { name: "BehalfIDConfigurationError" });
    await assert.rejects(behalf.verify([REQUEST]), { name: "BehalfIDConfigurationError" });
  });
  assert.equal(requests.length, 0);
});

test("an idempotency key that is null or no text is never sent", async () => {
  const requests = await withServer([], async (behalf) => {
    for (const idempotencyKey of [null, 7, {}, ["a"], { toString: () => "a" }]) {
      await assert.rejects(behalf.verify(REQUEST, { idempotencyKey }), {
        name: "BehalfIDConfigurationError",
        message: /idempotencyKey/,
      });
    }
  });
  assert.equal(requests.length, 0);
});

test("a question is made of its fields, each read once, from a class too", async () => {
  const requests = await withServer(answersOf(ALLOW, ALLOW), async (behalf) => {
    class Purchase {
      reads = 0;
      get action() {
        return ["purchase", "read_file"][this.reads++];
      }
      get amount() {
        return 900;
      }
    }
    await behalf.verify(new Purchase());
    await behalf.verify({ ...REQUEST, amount: undefined });
  });
  assert.deepEqual(JSON.parse(requests[0].body), { action: "purchase", amount: 900, agentId: "agent_test" });
  assert.deepEqual(JSON.parse(requests[1].body), { ...REQUEST, agentId: "agent_test" });
});

test("a field that is not what it must be is named, and nothing is sent", async () => {
  const requests = await withServer([], async (behalf) => {
    const wrong = [
      [{ toJSON: () => ({ action: "safe" }) }, /toJSON/],
      [{ ammount: 900 }, /ammount/],
      [{ action: undefined }, /action/],
      [{ action: { toJSON: () => "safe" } }, /action/],
      [{ vendor: { [Symbol.toPrimitive]: () => "v" } }, /vendor/],
      [{ vendor: null }, /vendor/],
      [{ amount: null }, /amount/],
      [{ amount: new Number(5) }, /amount/],
      [{ amount: "5" }, /amount/],
      [{ metadata: { map: new Map([[1, 2]]) } }, /map/],
      [{ metadata: { boxed: new Number(NaN) } }, /boxed/],
      [{ policyContext: { list: [undefined] } }, /list/],
    ];
    for (const [fields, message] of wrong) {
      await assert.rejects(behalf.verify({ ...REQUEST, ...fields }), {
        name: "BehalfIDConfigurationError",
        message,
      });
    }
    const action = { action: "browse_web", resource: "web", input: { url: "https://example.com" } };
    for (const fields of [{ toJSON: () => ({}) }, { resource: 7 }, { input: "x" }, { url: "x" }]) {
      await assert.rejects(behalf.executeAction({ ...action, ...fields }), {
        name: "BehalfIDConfigurationError",
      });
    }
  });
  assert.equal(requests.length, 0);
});

test("what has a toJSON inside is what that gives", async () => {
  const requests = await withServer(answersOf(ALLOW), async (behalf) => {
    await behalf.verify({ ...REQUEST, metadata: { at: new Date(0), where: new URL("https://a.test/") } });
  });
  const { metadata } = JSON.parse(requests[0].body);
  assert.deepEqual(metadata, { at: "1970-01-01T00:00:00.000Z", where: "https://a.test/" });
});

test("an id that is none is no part of a path", async () => {
  const requests = await withServer([], async (behalf) => {
    for (const id of [undefined, null, 7, "a\ud800"]) {
      await assert.rejects(behalf.waitForApproval(id), { name: "BehalfIDConfigurationError" });
    }
    await assert.rejects(behalf.getBoundary("a\ud800"), { name: "BehalfIDConfigurationError" });
  });
  assert.equal(requests.length, 0);
});

test("a client shows no key, however it is printed", () => {
  const behalf = new sdk.BehalfID({ ...KEYS, developerToken: "bhf_dev_test", siteKey: "bhf_site_test" });
  const texts = [inspect(behalf, { depth: 9, showHidden: true }), JSON.stringify(behalf), String(behalf)];
  for (const text of texts) assert.doesNotMatch(text, /bhf_/);
});

test("rows are fetched when they are taken", async () => {
  const page = {
    logs: [{ requestId: "req_2" }, { requestId: "req_1" }],
    pagination: { nextBefore: "req_1" },
  };
  const requests = await withServer(answersOf(page, page), async (behalf) => {
    const rows = behalf.iterateLogs();
    for await (const row of rows) {
      assert.equal(row.requestId, "req_2");
      break;
    }
  });
  assert.equal(requests.length, 1);
});

test("times in a query are sent as ISO 8601", async () => {
  const page = { logs: [], pagination: { nextBefore: null } };
  const requests = await withServer(answersOf(page), async (behalf) => {
    await behalf.getLogs(undefined, { from: new Date(1_700_000_000_000), to: undefined, search: "a b&c" });
  });
  assert.equal(requests[0].path, "/api/logs/agent_test?from=2023-11-14T22%3A13%3A20.000Z&search=a+b%26c");
});

test("two clients of one server do not share a key", async () => {
  const requests = await withServer(
    answersOf({ agentId: "agent_test", apiKey: "bhf_sk_new" }, ALLOW, ALLOW),
    async (behalf, server) => {
      const other = new sdk.BehalfID({ baseUrl: server.url, ...KEYS });
      await behalf.rotateKey();
      await behalf.verify(REQUEST);
      await other.verify(REQUEST);
    },
  );
  const sent = requests.map(({ headers }) => headers.authorization);
  assert.deepEqual(sent, ["Bearer bhf_sk_test", "Bearer bhf_sk_new", "Bearer bhf_sk_test"]);
});

const SECRET = "whsec_test_secret_0001";

function sign(body, seconds) {
  const key = createHash("sha256").update(SECRET).digest("hex");
  return `v1=${createHmac("sha256", key).update(`${seconds}.`).update(body).digest("hex")}`;
}

test("of a body over 256 KiB the signature alone proves nothing; with its timestamp it does", () => {
  const seconds = Math.floor(Date.now() / 1000);
  for (const [size, genuine] of [
    [262_144, true],
    [262_145, false],
  ]) {
    const body = Buffer.alloc(size, "x");
    const signature = sign(body, seconds);
    assert.equal(sdk.verifyWebhookSignature(SECRET, body, signature), genuine, `${size}`);
    assert.equal(
      sdk.verifyWebhookSignature({ secret: SECRET, payload: body, signature, timestamp: seconds }),
      true,
    );
  }
});

test("headers of fetch are read too, and bodies as bytes", () => {
  const seconds = String(Math.floor(Date.now() / 1000));
  const body = new TextEncoder().encode("{}");
  const headers = new Headers({ "BehalfID-Timestamp": seconds, "BehalfID-Signature": sign("{}", seconds) });
  assert.equal(sdk.verifyWebhookSignature(SECRET, body, headers), true);
  assert.equal(sdk.verifyWebhookSignature(SECRET, body, new Headers()), false);
});

test("what is no signature at all is false, and no exception", () => {
  for (const from of [undefined, null, 7, true, {}, [], [[]], new Map(), { "behalfid-signature": 7 }]) {
    assert.equal(sdk.verifyWebhookSignature(SECRET, "{}", from), false);
  }
  assert.equal(sdk.verifyWebhookSignature(SECRET, undefined, sign("{}", 1)), false);
  assert.equal(
    sdk.verifyWebhookSignature({ secret: SECRET, payload: { a: 1 }, signature: "v1=", timestamp: 1 }),
    false,
  );
});
