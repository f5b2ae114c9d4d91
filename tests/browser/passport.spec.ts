// SPDX-License-Identifier: Apache-2.0
/** The public page of a passport: by its link alone, with the token in no request's address. */
import { reasonWords } from "../../web/src/ui/reasons.ts";
import { addHostileAgent } from "./support/hostile.ts";
import type { Server } from "./support/server.ts";
import { expect, inspect, test, type Page } from "./support/test.ts";

async function mint(server: Server, agentId = server.agentId): Promise<{ link: string; token: string }> {
  const made = await server.call("POST", `/api/dashboard/agents/${agentId}/passport`);
  const link = made["passportUrl"] as string;
  return { link, token: decodeURIComponent(link.split("#token=")[1] ?? "") };
}

/** All that leaves the browser in addresses, referrers and bodies. */
function watchRequests(page: Page): string[] {
  const sent: string[] = [];
  page.on("request", (request) => {
    sent.push(request.url(), request.headers()["referer"] ?? "", request.postData() ?? "");
  });
  return sent;
}

test("The link opens the passport without an account, and its token is in no address, cookie or storage.", async ({
  page,
  server,
}) => {
  const { link, token } = await mint(server);
  const sent = watchRequests(page);
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1, name: "Passport of Demo agent" })).toBeVisible();
  await expect(page).toHaveURL(`${server.url}/passport/${server.agentId}`);
  await expect(page.getByText("The link to this page is a secret.")).toBeVisible();
  const scopes = page.getByRole("listitem");
  await expect(scopes.filter({ hasText: "coachella.com" })).toContainText("800");
  await expect(scopes.filter({ hasText: "deploy_production" }).first()).toContainText("Approval required");
  await inspect(page, "passport");
  await page.getByRole("tab", { name: "Short" }).click();
  await expect(page.getByRole("region", { name: "Short", exact: true })).toContainText(server.agentId);
  expect(sent.filter((text) => text.includes(token))).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
  const stored = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href]),
  );
  expect(stored).not.toContain(token);
  expect(await page.content()).not.toContain(token);
  expect(server.printed).not.toContain(token);
});

test("Each text of the page is the one that the server writes, ready to copy.", async ({ page, server }) => {
  const { link, token } = await mint(server);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(link);
  const texts: [string, string][] = [
    ["Memory", "memory"],
    ["Short", "instruction"],
    ["For one task", "prompt"],
    ["JSON", "json"],
    ["Markdown", "markdown"],
  ];
  for (const [name, format] of texts) {
    const answer = await fetch(`${server.url}/api/passport/${server.agentId}?format=${format}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    await page.getByRole("tab", { name, exact: true }).click();
    const panel = page.getByRole("tabpanel");
    await expect(panel.getByRole("region", { name, exact: true })).toBeVisible();
    await panel.getByRole("button", { name: "Copy" }).click();
    await expect(panel.getByRole("button", { name: "Copied" })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await answer.text());
  }
  await page.getByRole("tab", { name: "Signed" }).click();
  const signed = page.getByRole("region", { name: "Signed" });
  await expect(signed).toHaveText(/^[\w-]+\.[\w-]+\.[\w-]+\s*$/);
});

test("A preview answers as verify would and leaves no trace.", async ({ page, server }) => {
  test.slow();
  const { link } = await mint(server);
  await page.goto(link);
  const form = page.getByRole("form", { name: "Try an action" });
  const shown = form.getByRole("status", { name: "Answer" });
  const questions = [
    { action: "purchase", vendor: "coachella.com", amount: 742, outcome: "Allowed" },
    { action: "purchase", vendor: "coachella.com", amount: 900, outcome: "Denied" },
    { action: "deploy_production", vendor: "vercel.com", outcome: "Approval required" },
    { action: "fly", vendor: "moon", outcome: "Denied" },
  ];
  const said: string[] = [];
  for (const { action, vendor, amount, outcome } of questions) {
    await form.getByLabel("Action").fill(action);
    await form.getByLabel("Resource").fill(vendor);
    await form.getByLabel("Amount").fill(amount === undefined ? "" : String(amount));
    await expect(shown).toBeEmpty(); // what was answered to another question is gone
    await form.getByRole("button", { name: "Preview" }).click();
    await expect(shown).toContainText(outcome);
    said.push((await shown.textContent()) ?? "");
  }
  await inspect(page, "passport-preview");
  expect((await server.call("GET", "/api/dashboard/logs"))["logs"]).toEqual([]);
  expect((await server.call("GET", "/api/dashboard/approvals"))["approvals"]).toEqual([]);
  for (const [at, { action, vendor, amount, outcome }] of questions.entries()) {
    const answer = await server.verify({ action, vendor, ...(amount === undefined ? {} : { amount }) });
    expect(answer["allowed"], action).toBe(outcome === "Allowed");
    expect(answer["approvalRequired"], action).toBe(outcome === "Approval required");
    expect(said[at]).toContain(reasonWords(answer["reason"] as string));
  }
});

test("A new link kills the old one, on an open page too.", async ({ page, server }) => {
  test.slow();
  const old = await mint(server);
  await page.goto(old.link);
  await expect(page.getByRole("heading", { level: 1, name: "Passport of Demo agent" })).toBeVisible();
  const fresh = await mint(server);
  const form = page.getByRole("form", { name: "Try an action" });
  await form.getByLabel("Action").fill("purchase");
  await form.getByRole("button", { name: "Preview" }).click();
  await expect(form.getByRole("alert")).toContainText("Invalid passport link.");
  await page.goto("about:blank");
  await page.goto(old.link);
  await expect(page.getByRole("heading", { name: "Invalid passport link" })).toBeVisible();
  await inspect(page, "passport-dead");
  await page.getByRole("button", { name: "Open another link" }).click();
  await page.getByLabel("Passport link").fill(fresh.link);
  await inspect(page, "passport-ask");
  await page.getByRole("button", { name: "Open passport" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Passport of Demo agent" })).toBeVisible();
  await expect(page).toHaveURL(`${server.url}/passport/${server.agentId}`);
});

test("Without a link the page asks for it and shows nothing of the agent.", async ({ page, server }) => {
  const sent = watchRequests(page);
  await page.goto(`${server.url}/passport/${server.agentId}`);
  await expect(page.getByLabel("Passport link")).toBeVisible();
  expect(sent.filter((url) => url.includes("/api/passport/"))).toEqual([]);
});

test("A permission that is revoked is gone when the link is opened again.", async ({ page, server }) => {
  const { link } = await mint(server);
  const view = await server.call("GET", `/api/dashboard/agents/${server.agentId}`);
  for (const { permissionId } of view["permissions"])
    await server.call("POST", `/api/dashboard/agents/${server.agentId}/permissions/${permissionId}/revoke`);
  await page.goto(link);
  await expect(page.getByText("Nothing at the moment")).toBeVisible();
});

test("Hostile names, guidelines and permissions stay text.", async ({ page, server }) => {
  const { agentId } = await addHostileAgent(server);
  const { link } = await mint(server, agentId);
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("onerror");
  const addresses = await page
    .getByRole("link")
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).protocol));
  expect(addresses.length).toBeGreaterThan(0);
  for (const protocol of addresses) expect(protocol).toMatch(/^https?:$/);
  await inspect(page, "passport-hostile");
});
