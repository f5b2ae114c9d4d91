// SPDX-License-Identifier: Apache-2.0
// Compiled, never run: what users write has the types that they expect, and mistakes are found by the compiler.
import { BehalfID, BehalfIDApprovalRequired, BehalfIDDenied, verifyWebhookSignature } from "@behalfid/sdk";
import type { Approval, BehalfIDOptions, Boundary, Decision, LogEntry, VerifyRequest } from "@behalfid/sdk";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<Wanted>() {
  return <Given>(_value: Given, _same: Equal<Wanted, Given>): void => undefined;
}

const options: BehalfIDOptions = {
  baseUrl: "https://behalf.example.com",
  timeoutMs: 1000,
  apiKey: undefined,
};
const behalf = new BehalfID(options);

const buyTicket = behalf.guard(
  async (shop: string, price: number) => ({ shop, price }),
  (shop, price) => ({ action: "purchase", vendor: shop, amount: price }),
);
expectType<(shop: string, price: number) => Promise<{ shop: string; price: number }>>()(buyTicket, true);
const add = behalf.guard((a: number, b: number = 1) => a + b, { action: "add" }, { approval: "wait" });
expectType<(a: number, b?: number) => Promise<number>>()(add, true);
const shop = {
  vendor: "x",
  buy: behalf.guard(
    function (this: { vendor: string }, price: number) {
      return `${this.vendor} ${price}`;
    },
    { action: "purchase" },
  ),
};

export async function calls(): Promise<void> {
  expectType<Decision>()(await behalf.verify({ action: "purchase", amount: 1 }), true);
  expectType<Approval>()(await behalf.waitForApproval("apr_1", { timeoutMs: 1 }), true);
  expectType<Boundary>()(await behalf.getBoundary(), true);
  expectType<LogEntry[]>()(await behalf.getLogs(undefined, { decision: "denied" }), true);
  for await (const row of behalf.iterateLogs()) expectType<LogEntry>()(row, true);
  expectType<string>()(await shop.buy(742), true);
  const outcome = await behalf.executeAction({ action: "browse_web", resource: "web", input: { url: "x" } });
  if (outcome.executed) expectType<string>()(outcome.result.excerpt, true);
  else expectType<null>()(outcome.result, true);
  // @ts-expect-error a failed read has no result
  outcome.result.excerpt;
  expectType<boolean>()((await behalf.siteGuard.check({ path: "/" })).allowed, true);
  expectType<boolean>()(verifyWebhookSignature("whsec_", "{}", { "behalfid-signature": ["v1="] }), true);
  expectType<boolean>()(verifyWebhookSignature("whsec_", new Uint8Array(), new Headers()), true);
  try {
    await behalf.verifyOrThrow({ action: "purchase" }, { signal: AbortSignal.abort(), idempotencyKey: "a" });
  } catch (error) {
    if (error instanceof BehalfIDApprovalRequired) expectType<string | null>()(error.approvalId, true);
    if (error instanceof BehalfIDDenied) expectType<"low" | "medium" | "high">()(error.risk, true);
  }
}

// @ts-expect-error an action is needed
export const nothing: VerifyRequest = { vendor: "x" };
// @ts-expect-error an amount is a number
export const text: VerifyRequest = { action: "purchase", amount: "742" };
// @ts-expect-error the arguments are those of the function
void buyTicket("coachella.com");
const plain = (a: string): string => a;
// @ts-expect-error the mapping makes a request
behalf.guard(plain, (a) => ({ vendor: a }));
// @ts-expect-error the mapping gets the arguments of the function
behalf.guard(plain, (a: number) => ({ action: "x", amount: a }));
// @ts-expect-error there is no such way
behalf.guard(() => 1, { action: "x" }, { approval: "skip" });
// @ts-expect-error a decision is not changed
export const change = (decision: Decision): boolean => (decision.allowed = true);
