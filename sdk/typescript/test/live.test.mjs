// SPDX-License-Identifier: Apache-2.0
// The client with a real server: BEHALFID_TEST_SERVER is its demo.json. It allows private webhooks.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { load } from "./sdk.mjs";

const sdk = await load();
const facts = JSON.parse(process.env.BEHALFID_TEST_SERVER);
const { baseUrl, agentId, apiKey, developerToken } = facts;
const behalf = new sdk.BehalfID({ baseUrl, agentId, apiKey });
const developer = new sdk.BehalfID({ baseUrl, developerToken });
const run = `${facts.run}-${process.pid}`; // more than one run may ask the same server
const TICKET = { action: "purchase", vendor: "coachella.com", amount: 742 };
const DEPLOY = { action: "deploy_production", vendor: "vercel.com" };

/** A call of the API that the SDK does not have. */
async function call(method, path, body, headers = { "X-Developer-Token": developerToken }) {
  const init = { method, headers: { ...headers, Origin: baseUrl, "Content-Type": "application/json" } };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await fetch(baseUrl + path, init);
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${text}`);
  return { answer: text === "" ? null : JSON.parse(text), headers: response.headers };
}

/** What a person decides, signed in. */
async function decide(approvalId, decision) {
  const { email, password } = facts;
  const { headers } = await call("POST", "/api/auth/login", { email, password }, {});
  const cookie = headers.get("set-cookie").split(";")[0];
  await call("POST", `/api/dashboard/approvals/${approvalId}/${decision}`, {}, { Cookie: cookie });
}

test("what is allowed is allowed, what is not is not, and both are in the log", async () => {
  const allow = await behalf.verify(TICKET);
  assert.deepEqual([allow.allowed, allow.approvalRequired, allow.risk], [true, false, "low"]);
  const deny = await behalf.verify({ ...TICKET, amount: 900 });
  assert.equal(deny.allowed, false);
  await assert.rejects(behalf.verifyOrThrow({ ...TICKET, amount: 900 }), {
    name: "BehalfIDDenied",
    risk: "high",
  });
  const rows = await behalf.getLogs();
  for (const { requestId, allowed } of [allow, deny]) {
    assert.equal(rows.find((row) => row.requestId === requestId)?.allowed, allowed);
  }
});

test("a repeat with its idempotency key is the same decision", async () => {
  const options = { idempotencyKey: `ticket ${run}` };
  const first = await behalf.verify(TICKET, options);
  assert.deepEqual(await behalf.verify(TICKET, options), first);
  await assert.rejects(behalf.verify({ ...TICKET, amount: 1 }, options), {
    name: "BehalfIDAPIError",
    status: 422,
  });
});

test("a shadow call says what would have been", async () => {
  const decision = await behalf.verify({ ...TICKET, amount: 900, shadow: true });
  assert.deepEqual([decision.allowed, decision.shadow], [true, true]);
  assert.equal(decision.shadowDecision.allowed, false);
});

test("a wrong key and a wrong field are errors of the API", async () => {
  const stranger = new sdk.BehalfID({ baseUrl, agentId, apiKey: "bhf_sk_unknown" });
  await assert.rejects(stranger.verify(TICKET), (error) => {
    assert.ok(error instanceof sdk.BehalfIDAPIError);
    assert.equal(error.status, 401);
    return true;
  });
  await assert.rejects(behalf.verify({ ...TICKET, amount: -1 }), {
    name: "BehalfIDAPIError",
    status: 400,
    message: "amount must be a non-negative number.",
  });
});

test("all rows of the log come once each, page by page", async () => {
  for (let index = 0; index < 5; index++) await behalf.verify({ action: `page ${run}`, vendor: `v${index}` });
  const seen = [];
  for await (const row of behalf.iterateLogs(undefined, { action: `page ${run}`, limit: 2 }))
    seen.push(row.vendor);
  assert.deepEqual(seen, ["v4", "v3", "v2", "v1", "v0"]);
});

test("the boundary says what the agent may do", async () => {
  const boundary = await behalf.getBoundary();
  assert.equal(boundary.agentId, agentId);
  assert.ok(boundary.allowedActions.includes("purchase"));
});

test("a new agent may do what it is permitted, and goes on after its key was rotated", async () => {
  const { agentId, apiKey } = await developer.createAgent({ name: "Live", description: "Made by a test." });
  const agent = new sdk.BehalfID({ baseUrl, agentId, apiKey });
  const REFUND = { action: "refund", vendor: "stripe.com", amount: 20 };
  await assert.rejects(agent.verifyOrThrow(REFUND), { name: "BehalfIDDenied" });
  const constraints = { maxAmount: 20, expiresAt: new Date(Date.now() + 3_600_000) };
  const permission = { agentId, action: "refund", resource: "stripe.com", constraints };
  assert.match((await developer.createPermission(permission)).permissionId, /^perm_/);
  assert.equal((await agent.verifyOrThrow(REFUND)).allowed, true);
  const { apiKey: fresh } = await agent.rotateKey();
  assert.notEqual(fresh, apiKey);
  assert.equal((await agent.verifyOrThrow(REFUND)).allowed, true);
  const old = new sdk.BehalfID({ baseUrl, agentId, apiKey });
  await assert.rejects(old.verify(REFUND), { name: "BehalfIDAPIError", status: 401 });
});

test("a guarded function runs after a person has approved, once", async () => {
  const runs = [];
  const deploy = behalf.guard((version) => runs.push(version), DEPLOY, {
    approval: "wait",
    onApprovalRequired: ({ approvalId }) => void setTimeout(() => void decide(approvalId, "approve"), 200),
  });
  assert.equal(await deploy("v1"), 1);
  assert.deepEqual(runs, ["v1"]);
});

test("a guarded function does not run when a person has refused", async () => {
  const deploy = behalf.guard(
    assert.fail,
    { ...DEPLOY, amount: process.pid },
    {
      approval: "wait",
      onApprovalRequired: ({ approvalId }) => decide(approvalId, "deny"),
    },
  );
  await assert.rejects(deploy(), { name: "BehalfIDDenied", reason: "The approval is denied." });
});

test("an approval that nobody decides is pending when the time is over", async () => {
  const { approvalId } = await behalf.verify({ ...DEPLOY, amount: process.pid + 0.5 });
  const approval = await behalf.waitForApproval(approvalId, { timeoutMs: 1000 });
  assert.deepEqual([approval.approvalId, approval.status], [approvalId, "pending"]);
});

test("an action is refused, or fails with its request", async () => {
  const refused = await behalf.executeAction({
    action: "purchase",
    resource: "web",
    input: { url: "https://a.test.org" },
  });
  assert.deepEqual([refused.executed, refused.allowed, refused.result], [false, false, null]);
  const unknown = {
    action: "browse_web",
    resource: "web",
    input: { url: "https://no-such-name.behalfid-nowhere.com" },
  };
  await assert.rejects(behalf.executeAction(unknown), (error) => {
    assert.ok(error instanceof sdk.BehalfIDAPIError);
    assert.match(error.requestId, /^req_/);
    return error.status === 400;
  });
});

test("a site's check follows its rules", async () => {
  const { siteId } = (
    await call("POST", "/api/dashboard/sites", { name: "Shop", domain: `${run}.example.com` })
  ).answer.site;
  const rule = { name: "Documents", userAgentPattern: "*Bot*", allowedPaths: ["/docs/*"] };
  await call("POST", `/api/dashboard/sites/${siteId}/rules`, rule);
  const { rawKey } = (await call("POST", `/api/dashboard/sites/${siteId}/keys`, { name: "Web" })).answer;
  const site = new sdk.BehalfID({ baseUrl, siteKey: rawKey });
  const allowed = await site.siteGuard.check({ path: "/docs/intro", userAgent: "ExampleBot/1.0" });
  assert.deepEqual([allowed.allowed, allowed.siteId], [true, siteId]);
  const denied = await developer.siteGuard.check({ path: "/admin", userAgent: "ExampleBot/1.0", siteId });
  assert.equal(denied.allowed, false);
});

test("the server's webhooks are genuine in all three forms", async () => {
  let arrived;
  const arrival = new Promise((resolve) => (arrived = resolve));
  const receiver = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end();
    arrived({ headers: request.headers, body: Buffer.concat(chunks).toString() });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${receiver.address().port}/`;
    const { webhook, secret } = (
      await call("POST", "/api/dashboard/webhooks", { url, events: ["agent.created"] })
    ).answer;
    await call("POST", `/api/dashboard/webhooks/${webhook.webhookId}/test`, {});
    const { headers, body } = await arrival;
    const signature = headers["behalfid-signature"];
    const timestamp = headers["behalfid-timestamp"];
    assert.equal(sdk.verifyWebhookSignature(secret, body, signature), true);
    assert.equal(sdk.verifyWebhookSignature(secret, body, headers), true);
    assert.equal(sdk.verifyWebhookSignature({ secret, payload: body, signature, timestamp }), true);
    assert.equal(sdk.verifyWebhookSignature(secret, `${body} `, headers), false);
  } finally {
    receiver.close();
  }
});
