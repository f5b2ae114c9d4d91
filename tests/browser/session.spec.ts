// SPDX-License-Identifier: Apache-2.0
/** One browser, several accounts and pages: what is shown is of whoever is signed in now, and nothing stays behind. */
import type { Page } from "@playwright/test";
import { Server, SESSION_COOKIE, type Credentials } from "./support/server.ts";
import { expect, signIn, test as base } from "./support/test.ts";

const EVE: Credentials = { email: "eve@example.test", password: "eve's long password" };

interface Two {
  /** A server where Eve has an account of her own and is a viewer of the demo's. */
  two: Server;
}

const test = base.extend<Two>({
  two: async ({}, use) => {
    const server = await new Server().start(true, ["--signup", "open"]);
    await server.request("POST", "/api/auth/signup", EVE, { Origin: server.url });
    const invite = await server.call("POST", "/api/dashboard/members/invites", { role: "viewer" });
    const token = new URL(invite["inviteUrl"] as string).hash.replace("#token=", "");
    await server.call("POST", "/api/auth/accept-invite", { token: decodeURIComponent(token) }, EVE);
    await use(server);
    await server.stop();
  },
});

interface Account {
  accountId: string;
  name: string;
}

/** The demo's account and Eve's own. */
async function accountsOf(server: Server): Promise<{ demo: Account; own: Account }> {
  const owner = await server.call("GET", "/api/auth/me");
  const eve = await server.call("GET", "/api/auth/me", undefined, EVE);
  const demo = owner["account"] as Account;
  const own = (eve["accounts"] as Account[]).find((one) => one.accountId !== demo.accountId);
  if (own === undefined) throw new Error("Eve has no account of her own");
  return { demo, own };
}

const choice = (page: Page) => page.getByRole("combobox", { name: "Account" });

/** Opens the agents as Eve, in the demo's account. */
async function openAsEve(page: Page, server: Server, demo: Account): Promise<void> {
  await server.call("POST", "/api/auth/account", { accountId: demo.accountId }, EVE);
  await signIn(page, server, EVE, "/dashboard/agents");
  await expect(choice(page)).toHaveValue(demo.accountId);
}

test("Whoever chooses another account sees its name and nothing of the one before.", async ({
  page,
  two: server,
}) => {
  const { demo, own } = await accountsOf(server);
  const { agents } = await server.call("GET", "/api/dashboard/agents");
  const name = (agents as { name: string }[])[0]?.name ?? "";
  await openAsEve(page, server, demo);
  await expect(page.getByRole("main").getByRole("link", { name })).toBeVisible();
  await choice(page).selectOption(own.accountId);
  await expect(page).toHaveURL(`${server.url}/dashboard`);
  await expect(choice(page)).toHaveValue(own.accountId);
  await page.getByRole("link", { name: "Agents", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Agents", level: 1 })).toBeVisible();
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
  await expect(page.getByRole("main").getByRole("link", { name })).toHaveCount(0);
  await choice(page).selectOption(demo.accountId);
  await expect(choice(page)).toHaveValue(demo.accountId);
  await page.getByRole("link", { name: "Agents", exact: true }).click();
  await expect(page.getByRole("main").getByRole("link", { name })).toBeVisible();
});

test("When one page changes the account or signs out, the other pages of the browser follow.", async ({
  page,
  context,
  two: server,
}) => {
  const { demo, own } = await accountsOf(server);
  const { agents } = await server.call("GET", "/api/dashboard/agents");
  const name = (agents as { name: string }[])[0]?.name ?? "";
  await openAsEve(page, server, demo);
  const listed = page.getByRole("main").getByRole("link", { name });
  await expect(listed).toBeVisible();
  const other = await context.newPage();
  await other.goto(`${server.url}/dashboard`);
  await choice(other).selectOption(own.accountId);
  await expect(choice(page)).toHaveValue(own.accountId);
  await expect(page.getByText(`in the account ${own.name}.`)).toBeVisible();
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
  await expect(listed).toHaveCount(0);
  await other.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login\?/);
});

test("A page that nobody told notices another person at the next look at it.", async ({
  page,
  two: server,
}) => {
  const { demo } = await accountsOf(server);
  await openAsEve(page, server, demo);
  await expect(page.getByTitle(EVE.email)).toBeVisible();
  const value = await server.session(server.owner);
  await page.context().addCookies([{ name: SESSION_COOKIE, value, url: server.url, httpOnly: true }]);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expect(page.getByTitle(server.email)).toBeVisible();
  await expect(page.getByTitle(EVE.email)).toHaveCount(0);
});

test("When a token is made and revoked, the focus goes to the secret and then to the page's heading.", async ({
  page,
  server,
}) => {
  await signIn(page, server, undefined, "/dashboard/settings/tokens");
  await page.getByRole("button", { name: "Create token" }).press("Enter");
  await page.getByRole("dialog").getByLabel("Name").fill("CI on main");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("group", { name: /^Developer token: copy it now/ })).toBeFocused();
  await page.getByRole("button", { name: "I have copied it" }).press("Enter");
  await expect(page.getByRole("button", { name: "Create token" })).toBeFocused();
  await page.getByRole("button", { name: "Revoke token CI on main" }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Revoke token" }).press("Enter");
  await expect(page.getByText("Token revoked.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("A rotated key is where the focus is.", async ({ page, server }) => {
  await signIn(page, server, undefined, `/dashboard/agents/${server.agentId}/integrations`);
  await page.getByRole("button", { name: "Rotate key" }).press("Enter");
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /Rotate/ })
    .press("Enter");
  await expect(page.getByRole("group", { name: /^New API key: copy it now/ })).toBeFocused();
});

test("When a permission is revoked or an entry of the log deleted, the focus goes to the page's heading.", async ({
  page,
  server,
}) => {
  await signIn(page, server, undefined, `/dashboard/agents/${server.agentId}/permissions`);
  await page.getByRole("button", { name: "Revoke purchase on coachella.com" }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Revoke permission" }).press("Enter");
  await expect(page.getByText("Permission revoked.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await server.verify({ action: "wipe_disk" });
  await page.goto(`${server.url}/dashboard/logs`);
  await page.getByRole("row").filter({ hasText: "wipe_disk" }).getByRole("link").press("Enter");
  await page.getByRole("button", { name: "Delete this entry" }).press("Enter");
  await page.getByLabel(/Type delete/).fill("delete");
  await page.getByRole("button", { name: "Delete entry" }).press("Enter");
  await expect(page.getByText("Entry deleted.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("A link in a page leads to the heading of the next page.", async ({ page, server }) => {
  await signIn(page, server, undefined, "/dashboard/agents");
  await page.getByRole("main").getByRole("link", { name: "Add agent" }).first().press("Enter");
  await expect(page).toHaveURL(/\/agents\/new/);
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Agents");
});
