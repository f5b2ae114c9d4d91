// SPDX-License-Identifier: Apache-2.0
/**
 * An agent at work. Its executors leave a file when they run, so that nobody has to believe what is printed: what was
 * not allowed has left none. Ends with 1 when anything is not as it should be.
 */
import "./env.mjs";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BehalfID, BehalfIDApprovalRequired, BehalfIDDenied, BehalfIDUnavailable } from "@behalfid/sdk";

if (!process.env.BEHALFID_API_KEY || !process.env.BEHALFID_AGENT_ID) {
  console.error("There is no agent yet: npm run setup makes one.");
  process.exit(1);
}
const behalf = new BehalfID();
const traces = mkdtempSync(join(tmpdir(), "executors-"));
const requestIds = [];
let failures = 0;

/** An executor: what an agent would really do. */
const executor = (name) => async () => writeFileSync(join(traces, name), "");
const hasRun = (name) => readdirSync(traces).includes(name);

function report(what, isRight, told, requestId = "") {
  if (!isRight) failures++;
  if (requestId !== "") requestIds.push(requestId);
  console.log(`${isRight ? "ok  " : "FAIL"}  ${what.padEnd(30)}  ${told}${requestId && `  [${requestId}]`}`);
}

async function readTheWeb() {
  const what = "allowed web read";
  try {
    const url = process.env.DEMO_URL || "https://example.com";
    const outcome = await behalf.executeAction({ action: "browse_web", resource: "web", input: { url } });
    const { executed, requestId, reason, result } = outcome;
    report(
      what,
      executed,
      executed ? `the server read ${url}: ${result.status} ${result.title ?? ""}` : reason,
      requestId,
    );
  } catch (error) {
    report(what, false, error.message, error.requestId ?? "");
  }
}

async function askForWhatTheGatewayCannotDo() {
  const request = { action: "submit_form", resource: "web", input: { url: "https://example.com" } };
  const { executed, reason, requestId } = await behalf.executeAction(request);
  report("form by the gateway", !executed, `not executed: ${reason}`, requestId);
}

async function buyWithinTheLimit() {
  const name = "purchase of 42";
  const { requestId, reason } = await behalf.verifyOrThrow({ action: "purchase", vendor: "shop.example", amount: 42 });
  await executor(name)();
  report(name, hasRun(name), reason, requestId);
}

/** A guarded executor that must not run. */
async function mustNotRun(name, request, Expected, client = behalf) {
  try {
    await client.guard(executor(name), request)();
    report(name, false, "it was allowed");
  } catch (error) {
    const isRight = error instanceof Expected && !hasRun(name);
    const approval = error.approvalId ? `; a person is asked: ${error.approvalId}` : "";
    report(name, isRight, `did not run: ${error.reason ?? error.message}${approval}`, error.requestId ?? "");
  }
}

async function findInTheLog() {
  const found = [];
  for (const requestId of requestIds) {
    const rows = await behalf.getLogs(undefined, { requestId });
    if (rows.length === 1 && rows[0].requestId === requestId) found.push(requestId);
  }
  const isRight = requestIds.length > 0 && found.length === requestIds.length;
  report("audit log", isRight, `${found.length} of ${requestIds.length} request ids are in it`);
}

const shop = { action: "purchase", vendor: "shop.example" };
const gone = new BehalfID({ baseUrl: "http://127.0.0.1:2", timeoutMs: 2000 });
// An approval is for this very amount, so that one of an earlier run does not count.
const mail = { action: "send_email", vendor: "mail.example", amount: Math.floor(Date.now() / 1000) };

try {
  await readTheWeb();
  await buyWithinTheLimit();
  await mustNotRun("purchase of 250", { ...shop, amount: 250 }, BehalfIDDenied);
  await mustNotRun("purchase elsewhere", { ...shop, vendor: "other.example", amount: 1 }, BehalfIDDenied);
  await mustNotRun("delete_customers", { action: "delete_customers", vendor: "shop.example" }, BehalfIDDenied);
  await mustNotRun("send_email", mail, BehalfIDApprovalRequired);
  await askForWhatTheGatewayCannotDo();
  await mustNotRun("no server to ask", shop, BehalfIDUnavailable, gone);
  await findInTheLog();
} catch (error) {
  report("the demo itself", false, error.message, error.requestId ?? "");
} finally {
  rmSync(traces, { recursive: true });
}
console.log(failures === 0 ? "\nEverything is as it should be." : `\n${failures} not as it should be.`);
process.exitCode = failures === 0 ? 0 : 1;
