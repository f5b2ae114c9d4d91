// SPDX-License-Identifier: Apache-2.0
/** Becoming somebody and being signed in: passwords, links, invitations, sign-ins of devices. */
import type { Page } from "@playwright/test";
import { MailSink } from "./support/mail.ts";
import { Server } from "./support/server.ts";
import { expect, inspect, signIn, test } from "./support/test.ts";

async function fillIn(page: Page, who: { email: string; password: string }): Promise<void> {
  await page.getByLabel("Email").fill(who.email);
  await page.getByLabel("Password", { exact: true }).fill(who.password);
}

const overview = (page: Page) => page.getByRole("navigation", { name: "Dashboard" });

test("Signing in leads to the dashboard, signing out ends the session on the server.", async ({
  page,
  server,
}) => {
  test.slow();
  await page.goto(`${server.url}/login`);
  await inspect(page, "login");
  await fillIn(page, server.owner);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(overview(page)).toBeVisible();
  const [cookie] = await page.context().cookies();
  expect(cookie?.httpOnly).toBe(true);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  const headers = { Cookie: `${cookie?.name ?? ""}=${cookie?.value ?? ""}` };
  expect((await server.request("GET", "/api/auth/me", undefined, headers)).status).toBe(401);
});

test("A wrong password says no more than that, and the right one works after it.", async ({
  page,
  server,
}) => {
  test.slow();
  await page.goto(`${server.url}/login`);
  await fillIn(page, { ...server.owner, password: "not this one" });
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert")).toHaveText("Invalid email or password.");
  await inspect(page, "login-wrong");
  await page.getByLabel("Password", { exact: true }).fill(server.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(overview(page)).toBeVisible();
});

test("A session that ended leads to signing in, and from there back to where one was.", async ({
  page,
  server,
}) => {
  test.slow();
  await page.route("**/stream", (route) => route.abort()); // what comes by itself could notice the end before the click
  await signIn(page, server, undefined, "/dashboard/logs?decision=denied");
  await expect(overview(page)).toBeVisible();
  await page.waitForLoadState("networkidle");
  await server.call("POST", "/api/auth/logout");
  await page.getByRole("link", { name: "Sites" }).click();
  await expect(page).toHaveURL(/\/login\?expired=1&next=/);
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await inspect(page, "login-expired");
  await fillIn(page, server.owner);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL(/\/dashboard\/sites$/);
});

test("What stands behind next is only ever a page of this server.", async ({ page, server }) => {
  for (const next of [
    "//evil.example/x",
    "https://evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/.//evil.example",
  ]) {
    await page.context().clearCookies();
    await page.goto(`${server.url}/login?next=${encodeURIComponent(next)}`);
    await fillIn(page, server.owner);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page).toHaveURL(`${server.url}/dashboard`);
  }
});

test("A reset link sets a new password once, ends the sessions, and leaves the address bar.", async ({
  page,
  server,
}) => {
  test.slow();
  const before = await server.session(server.owner);
  const made = await server.behalf("admin", "reset-link", server.email);
  const link = /http\S+\/reset-password#token=\S+/.exec(made.stdout)?.[0] ?? "";
  await page.goto(link);
  await expect(page).toHaveURL(`${server.url}/reset-password`);
  await inspect(page, "reset-password");
  await page.getByLabel("New password").fill("another long password");
  await page.getByRole("button", { name: "Set the new password" }).click();
  await expect(page.getByText("Your new password is set")).toBeVisible();
  const headers = { Cookie: `behalfid_developer=${before}` };
  expect((await server.request("GET", "/api/auth/me", undefined, headers)).status).toBe(401);
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await fillIn(page, { email: server.email, password: "another long password" });
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(overview(page)).toBeVisible();
  await page.goto(link);
  await page.getByLabel("New password").fill("a third long password");
  await page.getByRole("button", { name: "Set the new password" }).click();
  await expect(page.getByRole("alert")).toHaveText("This reset link is invalid or has expired.");
});

test("Without mail, a forgotten password is the operator's to reset, and the page says how.", async ({
  page,
  server,
}) => {
  test.slow();
  await page.goto(`${server.url}/login`);
  await page.getByRole("link", { name: "Forgotten your password?" }).click();
  await expect(page.getByText("behalf admin reset-link")).toBeVisible();
  await inspect(page, "forgot-password");
});

test("Somebody new joins by an invitation after seeing what it is for.", async ({ page, server }) => {
  test.slow();
  const invite = await server.call("POST", "/api/dashboard/members/invites", {
    role: "approver",
    email: "bob@example.test",
  });
  await page.goto(invite["inviteUrl"] as string);
  await expect(page).toHaveURL(`${server.url}/invite`);
  await expect(page.getByText("approve and deny what agents ask for")).toBeVisible();
  await expect(page.getByText(server.email)).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue("bob@example.test");
  await inspect(page, "invite");
  await page.getByLabel("Password", { exact: true }).fill("bob's long password");
  await page.getByRole("button", { name: "Join" }).click();
  await expect(overview(page)).toBeVisible();
  const { members } = await server.call("GET", "/api/dashboard/members");
  expect(members).toContainEqual(expect.objectContaining({ email: "bob@example.test", role: "approver" }));
  await page.context().clearCookies();
  await page.goto(invite["inviteUrl"] as string);
  await expect(page.getByText("This invitation is invalid or has expired.")).toBeVisible();
});

test("Who is signed in joins as that person, and goes on in the new account.", async ({ page }) => {
  test.slow();
  const server = await new Server().start(true, ["--signup", "open"]);
  try {
    const eve = { email: "eve@example.test", password: "eve's long password" };
    await server.request("POST", "/api/auth/signup", eve, { Origin: server.url });
    const invite = await server.call("POST", "/api/dashboard/members/invites", { role: "viewer" });
    await signIn(page, server, eve);
    await expect(overview(page)).toBeVisible();
    await page.goto(invite["inviteUrl"] as string);
    await expect(page.getByRole("button", { name: `Join as ${eve.email}` })).toBeVisible();
    await inspect(page, "invite-signed-in");
    await page.getByRole("button", { name: `Join as ${eve.email}` }).click();
    await expect(overview(page)).toBeVisible();
    const me = await server.call("GET", "/api/auth/me", undefined, eve);
    expect(me["role"]).toBe("viewer");
    expect(me["accounts"]).toHaveLength(2);
  } finally {
    await server.stop();
  }
});

/** What a command line on another machine does. */
async function requestDevice(server: Server): Promise<{ deviceCode: string; userCode: string }> {
  const { body } = await server.request("POST", "/api/auth/device/request");
  return { deviceCode: body["deviceCode"] as string, userCode: body["userCode"] as string };
}

test("A device is signed in after its code was compared and allowed, also by who must sign in first.", async ({
  page,
  server,
}) => {
  test.slow();
  const device = await requestDevice(server);
  await page.goto(`${server.url}/authenticate?code=${device.userCode}`);
  await expect(page).toHaveURL(/\/login\?next=/);
  await fillIn(page, server.owner);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByLabel("Code")).toHaveValue(device.userCode);
  await inspect(page, "device");
  const poll = () => server.request("POST", "/api/auth/device/poll", { deviceCode: device.deviceCode });
  expect((await poll()).body).toEqual({ status: "pending" });
  const allow = page.getByRole("button", { name: "Allow", exact: true });
  await allow.dblclick();
  await page.keyboard.press("Enter");
  await inspect(page, "device-sure");
  expect((await poll()).body, "one step is not enough").toEqual({ status: "pending" });
  await page.getByRole("button", { name: "Yes, allow" }).click();
  await expect(page.getByText("The device is signed in as you.")).toBeVisible();
  const { body } = await poll();
  expect(body["status"]).toBe("authorized");
  const headers = { Cookie: `behalfid_developer=${body["token"] as string}` };
  const me = await server.request("GET", "/api/auth/me", undefined, headers);
  expect(me.body["user"]["email"]).toBe(server.email);
});

test("A device that is denied gets nothing, and its code is worth nothing any more.", async ({
  page,
  server,
}) => {
  test.slow();
  const device = await requestDevice(server);
  await signIn(page, server, undefined, "/authenticate");
  await page.getByLabel("Code").fill(device.userCode.toLowerCase());
  await page.getByRole("button", { name: "Deny" }).click();
  await expect(page.getByText("Denied.")).toBeVisible();
  await inspect(page, "device-denied");
  const poll = await server.request("POST", "/api/auth/device/poll", { deviceCode: device.deviceCode });
  expect(poll.body).toEqual({ status: "denied" });
  await page.goto(`${server.url}/authenticate?code=${device.userCode}`);
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await page.getByRole("button", { name: "Yes, allow" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
});

test("Sign-up is offered only where it is open.", async ({ page, server }) => {
  test.slow();
  await page.goto(`${server.url}/login`);
  await expect(page.getByRole("link", { name: "Forgotten your password?" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Create an account" })).toHaveCount(0);
  await page.goto(`${server.url}/signup`);
  await expect(page.getByText("Sign-up is closed on this server.")).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveCount(0);
  await inspect(page, "signup-closed");
});

test("Where sign-up is open, somebody new gets an account and comes to the first agent.", async ({
  page,
}) => {
  test.slow();
  const server = await new Server().start(true, ["--signup", "open"]);
  try {
    await page.goto(`${server.url}/login`);
    await page.getByRole("link", { name: "Create an account" }).click();
    await expect(page.getByLabel("Email")).toBeVisible();
    await inspect(page, "signup");
    await fillIn(page, { email: "eve@example.test", password: "eve's long password" });
    await page.getByRole("button", { name: "Create an account" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Your first agent" })).toBeVisible();
  } finally {
    await server.stop();
  }
});

test("With mail, a new address must be confirmed by its link before anything else can be done.", async ({
  page,
}) => {
  test.slow();
  const mail = await new MailSink().start();
  const server = await new Server().start(true, ["--signup", "open"], mail.environment);
  try {
    const eve = { email: "eve@example.test", password: "eve's long password" };
    await page.goto(`${server.url}/signup`);
    await fillIn(page, eve);
    await page.getByRole("button", { name: "Create an account" }).click();
    await expect(page.getByText(`A mail was sent to ${eve.email}.`)).toBeVisible();
    await inspect(page, "verify-email");
    await page.goto(`${server.url}/dashboard/logs`);
    await expect(page).toHaveURL(`${server.url}/verify-email`);
    await page.getByRole("button", { name: `Send the mail to ${eve.email} again` }).click();
    await expect.poll(() => mail.link(1, "/verify-email")).toBeDefined();
    await page.goto(mail.link(0, "/verify-email") ?? "");
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await expect(page.getByRole("alert")).toContainText("invalid or has expired");
    await page.goto(mail.link(1, "/verify-email") ?? "");
    await expect(page).toHaveURL(`${server.url}/verify-email`);
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await expect(page.getByText("Your address is confirmed.")).toBeVisible();
    await page.getByRole("link", { name: "Go on" }).click();
    await expect(overview(page)).toBeVisible();
  } finally {
    await server.stop();
    mail.stop();
  }
});

test("With mail, a forgotten password is reset by the link that was sent.", async ({ page }) => {
  const mail = await new MailSink().start();
  const server = await new Server().start(true, [], mail.environment);
  try {
    await page.goto(`${server.url}/forgot-password`);
    await page.getByLabel("Email").fill(server.email);
    await page.getByRole("button", { name: "Send me a link" }).click();
    await expect(page.getByText("a link is on its way")).toBeVisible();
    await expect.poll(() => mail.link(0, "/reset-password")).toBeDefined();
    await page.goto(mail.link(0, "/reset-password") ?? "");
    await page.getByLabel("New password").fill("another long password");
    await page.getByRole("button", { name: "Set the new password" }).click();
    await expect(page.getByText("Your new password is set")).toBeVisible();
  } finally {
    await server.stop();
    mail.stop();
  }
});

test("A setup link without its token, or of a server that is set up, says what to do.", async ({
  page,
  server,
  fresh,
}) => {
  test.slow();
  await page.goto(`${fresh.url}/setup`);
  await expect(page.getByText("This page needs the whole link")).toBeVisible();
  await inspect(page, "setup-no-token");
  await page.goto(`${server.url}/setup#token=bhf_setup_x`);
  await expect(page).toHaveURL(`${server.url}/setup`);
  await expect(page.getByText("This server has been set up already.")).toBeVisible();
});
