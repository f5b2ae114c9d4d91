// SPDX-License-Identifier: Apache-2.0
/** Sites: a key and a rule made by a person, the site's own checks, and what of it a viewer may touch. */
import { SCRIPT } from "./support/hostile.ts";
import { expect, inspect, signIn, test, type Page } from "./support/test.ts";
import type { Server } from "./support/server.ts";

async function addSite(server: Server, name = "Shop", domain = "shop.example.com"): Promise<string> {
  const made = await server.call("POST", "/api/dashboard/sites", { name, domain });
  return made["site"]["siteId"] as string;
}

async function check(server: Server, key: string, path: string, userAgent = "ExampleBot/1.0") {
  return server.request(
    "POST",
    "/api/site-guard/check",
    { path, userAgent },
    { Authorization: `Bearer ${key}` },
  );
}

async function openPart(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation", { name: "Parts of the site" }).getByRole("link", { name }).click();
}

test("A person adds a site, a rule and a key, and sees what the site asks with that key.", async ({
  page,
  server,
}) => {
  test.slow();
  await signIn(page, server, server.owner, "/dashboard/sites");
  await expect(page.getByText("No site is guarded yet")).toBeVisible();
  await inspect(page, "sites-empty");
  await page.getByRole("button", { name: "Add site" }).click();
  await page.getByLabel("Name").fill("Shop");
  await page.getByLabel("Domain").fill("https://shop.example.com/");
  await page.getByRole("dialog").getByRole("button", { name: "Add site" }).click();
  await expect(page.getByRole("alert")).toContainText("domain must be a hostname.");
  await page.getByLabel("Domain").fill("shop.example.com");
  await page.getByRole("dialog").getByRole("button", { name: "Add site" }).click();

  await expect(page.getByRole("heading", { level: 1, name: "Shop" })).toBeVisible();
  await expect(page.getByText("No rules: every check is denied")).toBeVisible();
  await page.getByRole("button", { name: "Add rule" }).click();
  const form = page.getByRole("dialog", { name: "New rule" });
  await form.getByLabel("Name").fill("Bots read the documents");
  await form.getByLabel("Allowed paths").fill("/docs/*");
  await form.getByRole("button", { name: "Save rule" }).click();
  await expect(form.getByRole("alert")).toContainText("is required");
  await form.getByLabel("User agent pattern").fill("*Bot*");
  await form.getByLabel("Blocked paths").fill("/docs/private/*");
  await form.getByRole("button", { name: "Save rule" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole("heading", { name: "Bots read the documents" })).toBeVisible();
  await inspect(page, "site-rules");

  await openPart(page, "Keys");
  await page.getByRole("button", { name: "Create key" }).click();
  const dialog = page.getByRole("dialog", { name: "New site key" });
  await dialog.getByLabel("Name").fill("Web server");
  await dialog.getByRole("button", { name: "Create key" }).click();
  const key = (await dialog.locator("[data-secret]").textContent()) ?? "";
  expect(key).toMatch(/^bhf_site_/);
  await dialog.getByLabel("Path").fill("/docs/intro");
  await dialog.getByRole("button", { name: "Try a check" }).click();
  await expect(dialog.getByRole("status")).toContainText("Path allowed by an active Site Guard rule.");
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await expect(dialog).toBeHidden();
  expect(await page.content()).not.toContain(key);
  await inspect(page, "site-keys");

  expect((await check(server, key, "/docs/private/plan")).body["allowed"]).toBe(false);
  await openPart(page, "Recent checks");
  const rows = page.getByRole("table", { name: /Checks of the site/ }).getByRole("row");
  await expect(rows.filter({ hasText: "/docs/intro" })).toContainText("Allowed");
  await expect(rows.filter({ hasText: "/docs/intro" })).toContainText("Bots read the documents");
  await expect(rows.filter({ hasText: "/docs/private/plan" })).toContainText("Denied");
  await inspect(page, "site-checks");
  await openPart(page, "Connect");
  await expect(page.getByRole("region", { name: ".env" })).toContainText(server.url);
  await expect(page.getByRole("region", { name: "nginx.conf" })).toContainText("shop.example.com");
  await inspect(page, "site-connect");
});

test("A revoked key is refused at the next check.", async ({ page, server }) => {
  const siteId = await addSite(server);
  const made = await server.call("POST", `/api/dashboard/sites/${siteId}/keys`, { name: "Old server" });
  const key = made["rawKey"] as string;
  expect((await check(server, key, "/")).status).toBe(200);
  await signIn(page, server, server.owner, `/dashboard/sites/${siteId}/keys`);
  await page.getByRole("button", { name: "Revoke key Old server" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke key" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Old server" })).toContainText("Revoked");
  expect((await check(server, key, "/")).status).toBe(401);
});

test("A disabled site and a disabled rule deny from the next check on.", async ({ page, server }) => {
  const siteId = await addSite(server);
  await server.call("POST", `/api/dashboard/sites/${siteId}/rules`, {
    name: "All",
    userAgentPattern: "*",
    allowedPaths: ["/*"],
  });
  const made = await server.call("POST", `/api/dashboard/sites/${siteId}/keys`, { name: "Server" });
  const reason = async () => (await check(server, made["rawKey"] as string, "/x")).body["reason"] as string;
  await signIn(page, server, server.owner, `/dashboard/sites/${siteId}/rules`);
  await page.getByRole("button", { name: "Disable rule All" }).click();
  await expect(page.getByRole("button", { name: "Enable rule All" })).toBeVisible();
  expect(await reason()).toBe("No matching active Site Guard rule.");
  await page.getByRole("button", { name: "Enable rule All" }).click();
  await expect(page.getByRole("button", { name: "Disable rule All" })).toBeVisible();
  expect(await reason()).toBe("Path allowed by an active Site Guard rule.");
  await page.getByRole("button", { name: "Disable", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable site" }).click();
  await expect(page.getByRole("button", { name: "Enable", exact: true })).toBeVisible();
  expect(await reason()).toBe("Site is disabled.");
});

test("A site goes only when its domain was typed, and is gone then.", async ({ page, server }) => {
  const siteId = await addSite(server);
  await signIn(page, server, server.owner, `/dashboard/sites/${siteId}`);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Delete site" })).toBeDisabled();
  await dialog.getByRole("textbox").fill("shop.example.com");
  await dialog.getByRole("button", { name: "Delete site" }).click();
  await expect(page).toHaveURL(/\/dashboard\/sites$/);
  await expect(page.getByText("No site is guarded yet")).toBeVisible();
  expect((await server.tryCall("GET", `/api/dashboard/sites/${siteId}`)).status).toBe(404);
});

test("A trusted directory is shown with its state, and a rule can demand its signature.", async ({
  page,
  server,
}) => {
  test.slow();
  const siteId = await addSite(server);
  await signIn(page, server, server.owner, `/dashboard/sites/${siteId}/signed-agents`);
  await page.getByRole("button", { name: "Trust a directory" }).click();
  await page.getByLabel("Address").fill("https://bot.example.com");
  await page.getByRole("button", { name: "Trust directory" }).click();
  await expect(page.getByRole("row").filter({ hasText: "https://bot.example.com" })).toContainText("0 keys");
  await inspect(page, "site-signed-agents");
  await openPart(page, "Rules");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByLabel("Name").fill("Partner");
  await page.getByLabel("Signature").selectOption("Of https://bot.example.com");
  await page.getByLabel("Allowed paths").fill("/partners/*");
  await inspect(page, "site-rule-form");
  await page.getByRole("button", { name: "Save rule" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "Partner" })).toContainText(
    "https://bot.example.com",
  );
});

test("A viewer sees a site and nothing that changes it; by hand the server refuses.", async ({
  page,
  server,
}) => {
  const siteId = await addSite(server);
  await server.call("POST", `/api/dashboard/sites/${siteId}/rules`, { name: "Rule", userAgentPattern: "*" });
  await server.call("POST", `/api/dashboard/sites/${siteId}/keys`, { name: "Key" });
  const viewer = await server.person("viewer");
  await signIn(page, server, viewer, "/dashboard/sites");
  const main = page.getByRole("main");
  await expect(main.getByRole("link", { name: "Shop" })).toBeVisible();
  await expect(main.getByRole("button")).toHaveCount(0);
  await main.getByRole("link", { name: "Shop" }).click();
  const forbidden = /Add|Create|Edit|Enable|Disable|Delete|Revoke|Trust|Remove/;
  for (const part of ["Recent checks", "Rules", "Keys", "Signed agents"]) {
    await openPart(page, part);
    await expect(main.getByRole("heading", { level: 2, name: part })).toBeVisible();
    await expect(main.getByRole("button", { name: forbidden })).toHaveCount(0);
  }
  const site = `/api/dashboard/sites/${siteId}`;
  const refused = [
    await server.tryCall("POST", "/api/dashboard/sites", { name: "x", domain: "x.example" }, viewer),
    await server.tryCall("PATCH", site, { status: "disabled" }, viewer),
    await server.tryCall("DELETE", site, undefined, viewer),
    await server.tryCall("POST", `${site}/keys`, { name: "x" }, viewer),
    await server.tryCall("POST", `${site}/rules`, { name: "x", userAgentPattern: "*" }, viewer),
  ];
  expect(refused.map((answer) => answer.status)).toEqual([403, 403, 403, 403, 403]);
});

test("Names, paths and user agents of a site stay text.", async ({ page, server }) => {
  const siteId = await addSite(server, `${SCRIPT}${"long".repeat(10)}`);
  await server.call("POST", `/api/dashboard/sites/${siteId}/rules`, {
    name: SCRIPT,
    agentIdentifier: SCRIPT,
    userAgentPattern: `*${SCRIPT}*`,
    allowedPaths: ["/<img src=x onerror=window.__broken=1>"],
    notes: SCRIPT,
  });
  const made = await server.call("POST", `/api/dashboard/sites/${siteId}/keys`, { name: SCRIPT });
  await check(server, made["rawKey"] as string, "/<img src=x onerror=window.__broken=1>", SCRIPT);
  await signIn(page, server, server.owner, "/dashboard/sites");
  await page.getByRole("main").getByRole("link", { name: SCRIPT }).click();
  await expect(page.getByRole("row").filter({ hasText: "onerror" })).toBeVisible();
  await inspect(page, "site-hostile");
  await openPart(page, "Rules");
  await expect(page.getByRole("heading", { name: SCRIPT, level: 3 })).toBeVisible();
  await openPart(page, "Keys");
  await expect(page.getByRole("row").filter({ hasText: "onerror" })).toBeVisible();
});
