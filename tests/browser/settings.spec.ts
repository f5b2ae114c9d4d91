// SPDX-License-Identifier: Apache-2.0
/** Members with roles, invitations, the account's settings, tokens, sessions and the password. */
import { expect, inspect, signIn, test, type Page } from "./support/test.ts";

async function shownSecret(page: Page): Promise<string> {
  return (await page.locator("[data-secret]").textContent()) ?? "";
}

test("A person is invited by a link that is shown once, becomes a member, and gets another role.", async ({
  page,
  server,
}) => {
  test.slow();
  await signIn(page, server, server.owner, "/dashboard/members");
  await page.getByRole("button", { name: "Invite" }).click();
  const dialog = page.getByRole("dialog", { name: "Invite a person" });
  await dialog.getByLabel("Email").fill("ada@example.test");
  await dialog.getByLabel("Role").selectOption("Viewer");
  await inspect(page, "members-invite");
  await dialog.getByRole("button", { name: "Make invitation" }).click();
  const link = await shownSecret(page);
  expect(link).toContain(`${server.url}/invite#token=bhf_inv_`);
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await expect(dialog).toBeHidden();
  expect(await page.content()).not.toContain(link.split("#token=")[1]);
  await expect(page.getByRole("table", { name: "Open invitations" })).toContainText("ada@example.test");
  await inspect(page, "members-invited");

  const ada = { email: "ada@example.test", password: "a password of Ada" };
  const token = link.split("#token=")[1];
  expect((await server.request("POST", "/api/auth/accept-invite", { token, ...ada })).status).toBe(201);
  await page.reload();
  const row = page.getByRole("table", { name: "Members" }).getByRole("row").filter({ hasText: ada.email });
  await expect(row).toContainText("Viewer");
  await row.getByRole("button", { name: "Change the role of ada@example.test" }).click();
  const role = page.getByRole("dialog", { name: "Role of ada@example.test" });
  await role.getByLabel("Role").selectOption("Approver");
  await role.getByRole("button", { name: "Change role" }).click();
  await expect(row).toContainText("Approver");
  expect((await server.call("GET", "/api/auth/me", undefined, ada))["role"]).toBe("approver");

  await row.getByRole("button", { name: "Remove ada@example.test" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove member" }).click();
  await expect(row).toHaveCount(0);
  expect((await server.tryCall("GET", "/api/dashboard/agents", undefined, ada)).status).toBe(401);
});

test("An invitation that was taken back opens nothing.", async ({ page, server }) => {
  const made = await server.call("POST", "/api/dashboard/members/invites", { role: "viewer" });
  const token = (made["inviteUrl"] as string).split("#token=")[1];
  await signIn(page, server, server.owner, "/dashboard/members");
  await page.getByRole("button", { name: "Take back the invitation for whoever has the link" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await expect(page.getByText("Nobody is invited")).toBeVisible();
  const fields = { token, email: "late@example.test", password: "a password of Late" };
  expect((await server.request("POST", "/api/auth/accept-invite", fields)).status).toBe(400);
});

test("An admin gives only the roles of viewer and approver, and cannot touch an owner.", async ({
  page,
  server,
}) => {
  const admin = await server.person("admin");
  await server.person("viewer");
  await signIn(page, server, admin, "/dashboard/members");
  const table = page.getByRole("table", { name: "Members" });
  await expect(table.getByRole("row").filter({ hasText: server.email })).toContainText("Owner");
  await expect(table.getByRole("button", { name: /Change the role/ })).toHaveCount(1);
  await page.getByRole("button", { name: "Change the role of viewer@example.test" }).click();
  await expect(page.getByRole("dialog").getByRole("option")).toHaveText(["Viewer", "Approver"]);
});

test("A viewer sees the members and settings, changes nothing of them, and gets 403 by hand.", async ({
  page,
  server,
}) => {
  const viewer = await server.person("viewer");
  await signIn(page, server, viewer, "/dashboard/members");
  const main = page.getByRole("main");
  await expect(main.getByRole("table", { name: "Members" })).toContainText(server.email);
  await expect(main.getByRole("button")).toHaveText(["Leave"]);
  await page.goto(`${server.url}/dashboard/settings`);
  await expect(main.getByText(viewer.email)).toBeVisible();
  await expect(main.getByRole("textbox")).toHaveCount(0);
  await expect(main.getByRole("button")).toHaveCount(0);
  const members = await server.call("GET", "/api/dashboard/members");
  const owner = members["members"].find((member: { you: boolean }) => member.you)["memberId"] as string;
  const tries: [string, string, unknown][] = [
    ["POST", "/api/dashboard/members/invites", { role: "viewer" }],
    ["GET", "/api/dashboard/members/invites", undefined],
    ["PATCH", `/api/dashboard/members/${owner}`, { role: "viewer" }],
    ["DELETE", `/api/dashboard/members/${owner}`, undefined],
    ["PATCH", "/api/dashboard/settings", { name: "Mine" }],
  ];
  for (const [method, path, body] of tries)
    expect((await server.tryCall(method, path, body, viewer)).status, `${method} ${path}`).toBe(403);
});

test("A role that was taken away counts from the next click on, and the refusal is shown.", async ({
  page,
  server,
}) => {
  const admin = await server.person("admin");
  await signIn(page, server, admin, "/dashboard/sites");
  await page.getByRole("button", { name: "Add site" }).click();
  const members = await server.call("GET", "/api/dashboard/members");
  const { memberId } = members["members"].find((one: { email: string }) => one.email === admin.email);
  await server.call("PATCH", `/api/dashboard/members/${memberId}`, { role: "viewer" });
  await page.getByLabel("Name").fill("Late");
  await page.getByLabel("Domain").fill("late.example.com");
  await page.getByRole("dialog").getByRole("button", { name: "Add site" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("viewer cannot change");
});

test("An owner names the account and separates duties.", async ({ page, server }) => {
  await signIn(page, server, server.owner, "/dashboard/settings");
  await page.getByLabel("Name of the account").fill("Acme <b>&</b> sons");
  await page.getByLabel("Nobody approves requests of their own agents").check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Settings saved.")).toBeVisible();
  const settings = await server.call("GET", "/api/dashboard/settings");
  expect(settings["account"]["name"]).toBe("Acme <b>&</b> sons");
  expect(settings["separationOfDuties"]).toBe(true);
  await page.reload();
  await expect(page.getByLabel("Nobody approves requests of their own agents")).toBeChecked();
  await inspect(page, "settings-account");
});

test("A token is shown once, works, and is dead when it is revoked.", async ({ page, server }) => {
  test.slow();
  await signIn(page, server, server.owner, "/dashboard/settings/tokens");
  await page.getByRole("button", { name: "Create token" }).click();
  const dialog = page.getByRole("dialog", { name: "New developer token" });
  await dialog.getByLabel("Name").fill("CI on main");
  await dialog.getByRole("button", { name: "Create token" }).click();
  const token = await shownSecret(page);
  const list = async () =>
    (await server.request("GET", "/api/dashboard/agents", undefined, { "X-Developer-Token": token })).status;
  expect(await list()).toBe(200);
  await inspect(page, "settings-token-once");
  await page.keyboard.press("Escape");
  await expect(dialog, "a slip does not lose the token").toContainText(token);
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await expect(dialog).toBeHidden();
  expect(await page.content()).not.toContain(token);
  await page.reload();
  const row = page.getByRole("row").filter({ hasText: "CI on main" });
  await expect(row).toBeVisible();
  expect(await page.content()).not.toContain(token);
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(stored).not.toContain("bhf_");
  await inspect(page, "settings-tokens");
  await row.getByRole("button", { name: "Revoke token CI on main" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke token" }).click();
  await expect(row).toHaveCount(0);
  expect(await list()).toBe(401);
});

test("Another session is listed and ended, and is out at its next click.", async ({
  page,
  server,
  browser,
}) => {
  const elsewhere = await browser.newContext({ userAgent: "Firefox/1.0 (Windows)" });
  await elsewhere.request.post(`${server.url}/api/auth/login`, {
    data: server.owner,
    headers: { Origin: server.url },
  });
  const other = await elsewhere.newPage();
  await other.goto(`${server.url}/dashboard/members`);
  await expect(other.getByRole("heading", { level: 1, name: "Members" })).toBeVisible();

  await signIn(page, server, server.owner, "/dashboard/settings/sessions");
  const row = page.getByRole("row").filter({ hasText: "Firefox on Windows" });
  await expect(row).toContainText("127.0.0.1");
  await expect(page.getByRole("row").filter({ hasText: "This one" })).toHaveCount(1);
  await inspect(page, "settings-sessions");
  await row.getByRole("button", { name: /End the session Firefox on Windows/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End session" }).click();
  await expect(row).toHaveCount(0);

  await other.getByRole("link", { name: "Sites" }).click();
  await expect(other).toHaveURL(/\/login\?expired=1/);
  await elsewhere.close();
});

test("All other sessions end together; one's own stays.", async ({ page, server }) => {
  for (const _ of [1, 2])
    await server.request(
      "POST",
      "/api/auth/login",
      { email: server.email, password: server.password },
      { Origin: server.url },
    );
  await signIn(page, server, server.owner, "/dashboard/settings/sessions");
  await expect(page.getByRole("table", { name: "Your sessions" }).getByRole("row")).toHaveCount(4);
  await page.getByRole("button", { name: "End all others" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End all others" }).click();
  await expect(page.getByText("2 sessions ended.")).toBeVisible();
  await expect(page.getByRole("table", { name: "Your sessions" }).getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("button", { name: "End all others" })).toHaveCount(0);
});

test("A password is changed by who knows the present one; the new one works, the old one does not.", async ({
  page,
  server,
}) => {
  const viewer = await server.person("viewer");
  await signIn(page, server, viewer, "/dashboard/settings/password");
  await inspect(page, "settings-password");
  await page.getByLabel("Current password").fill("not the password");
  await page.getByLabel("New password").fill("an entirely new one");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toContainText("Current password is wrong.");
  await page.getByLabel("Current password").fill(viewer.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed.", { exact: false })).toBeVisible();
  await expect(page.getByLabel("New password")).toHaveValue("");
  const login = async (password: string) =>
    (
      await server.request(
        "POST",
        "/api/auth/login",
        { email: viewer.email, password },
        { Origin: server.url },
      )
    ).status;
  expect(await login(viewer.password)).toBe(401);
  expect(await login("an entirely new one")).toBe(200);
});

test("Who leaves the account is signed out and has no way back.", async ({ page, server }) => {
  const viewer = await server.person("viewer");
  await signIn(page, server, viewer, "/dashboard/members");
  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave the account" }).click();
  await expect(page).toHaveURL(/\/login/);
  expect((await server.tryCall("GET", "/api/dashboard/agents", undefined, viewer)).status).toBe(401);
});
