// SPDX-License-Identifier: Apache-2.0
/** Approvals: an agent in a process of its own asks, a person decides on the page, and nothing is decided by accident. */
import type { Server } from "./support/server.ts";
import { addHostileAgent } from "./support/hostile.ts";
import { expect, inspect, signIn, test, type Page } from "./support/test.ts";

const COMMAND = "kubectl rollout restart deployment/web --namespace production";

/** Lets the demo's agent run commands, each after an approval. */
async function guardCommands(server: Server): Promise<void> {
  await server.call("POST", `/api/dashboard/agents/${server.agentId}/permissions`, {
    action: "execute_command",
    resource: "shell",
    description: "Commands in the cluster",
    requiresApproval: true,
  });
}

/** The agent's own process asks; what it is told. */
async function agentAsks(server: Server, command = COMMAND): Promise<Record<string, unknown>> {
  const words = ["--action", "execute_command", "--vendor", "shell", "--command", command, "--json"];
  const asked = await server.behalf("verify", ...words);
  return JSON.parse(asked.stdout) as Record<string, unknown>;
}

async function statusOf(server: Server, approvalId: unknown): Promise<unknown> {
  const answer = await server.call("GET", `/api/dashboard/approvals/${String(approvalId)}`);
  return answer["approval"]["status"];
}

const list = (page: Page) => page.getByRole("list", { name: "Requests" });
const detail = (page: Page) => page.getByRole("article");
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("A request appears by itself, shows all that matters, is approved by keyboard and is good for one time.", async ({
  page,
  server,
}) => {
  await guardCommands(server);
  await signIn(page, server, undefined, "/dashboard/approvals");
  await expect(page.getByText("Nothing waits for you")).toBeVisible();

  const held = await agentAsks(server);
  expect(held).toMatchObject({ allowed: false, approvalRequired: true });
  const shown = detail(page);
  await expect(shown.getByRole("heading", { level: 2 })).toHaveText("Demo agent wants to run a command");
  await expect(page).toHaveTitle("(1) Approvals · BehalfID");
  await expect(page.getByRole("link", { name: "Approvals 1 waiting" })).toBeVisible();
  for (const text of [
    COMMAND,
    "execute_command",
    "shell",
    "The permission requires the approval of a person.",
    "Commands in the cluster",
    "It may do this once, within 30 minutes.",
    "It has no other request for approval of this.",
    String(held["approvalId"]),
    String(held["requestId"]),
  ]) {
    await expect(shown).toContainText(text);
  }

  await page.keyboard.press("a");
  await expect(page.getByText("do this, once, within 30 minutes?")).toBeVisible();
  await expect(button(page, "Yes, approve")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(shown.getByText(`Approved by ${server.email}`)).toBeVisible();
  await expect(button(page, "Approve")).toHaveCount(0);
  await expect(page).toHaveTitle("Approvals · BehalfID");

  expect(await agentAsks(server)).toMatchObject({
    allowed: true,
    reason: "Action allowed by approved permission grant.",
  });
  await expect(shown.getByText("Approved and used")).toBeVisible();
  const again = await agentAsks(server);
  expect(again).toMatchObject({ allowed: false, approvalRequired: true });
  expect(again["approvalId"]).not.toBe(held["approvalId"]);
  await expect(list(page).getByRole("listitem")).toHaveCount(1);
  await page.keyboard.press("j");
  await expect(page).toHaveURL(new RegExp(String(again["approvalId"])));
  await expect(shown.getByText("Approved and used")).toBeVisible();
  await expect(
    shown.getByText("In the log besides this one: 1 allowed, 0 denied, 1 “approval required”."),
  ).toBeVisible();
});

test("What is denied stays denied, and the agent is told so.", async ({ page, server }) => {
  await guardCommands(server);
  const held = await agentAsks(server);
  await signIn(page, server, undefined, "/dashboard/approvals");
  await button(page, "Deny").click();
  await button(page, "Back").click();
  await expect(button(page, "Deny")).toBeVisible();
  expect(await statusOf(server, held["approvalId"])).toBe("pending");
  await page.keyboard.press("d");
  await page.keyboard.press("Enter");
  await expect(detail(page).getByText(`Denied by ${server.email}`)).toBeVisible();
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
  expect(await statusOf(server, held["approvalId"])).toBe("denied");
  const refused = await agentAsks(server);
  expect(refused).toMatchObject({ allowed: false, approvalRequired: true });
  expect(refused["approvalId"]).toBeUndefined();
});

test("One key, one tap, a double tap or a key that is held down decides nothing.", async ({
  page,
  server,
}) => {
  await guardCommands(server);
  const held = await agentAsks(server);
  await signIn(page, server, undefined, "/dashboard/approvals");
  const approve = button(page, "Approve");
  const deny = button(page, "Deny");
  await expect(approve).toBeVisible();
  for (const key of ["Enter", "y", "Space", "j", "k"]) {
    await page.keyboard.press(key);
    await expect(button(page, "Back")).toHaveCount(0);
    expect(await statusOf(server, held["approvalId"])).toBe("pending");
  }
  for (const key of ["a", "d"]) {
    await page.keyboard.press(key);
    await expect(button(page, "Back")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(button(page, "Back")).toHaveCount(0);
    await page.keyboard.press("Enter"); // meets the first step again at most
    await page.keyboard.press("Escape");
    await expect(approve).toBeEnabled();
    expect(await statusOf(server, held["approvalId"])).toBe("pending");
  }
  for (const first of [approve, deny]) {
    await first.dblclick();
    const back = button(page, "Back");
    if (await back.isVisible()) await back.click();
    await expect(approve).toBeVisible();
    await first.focus();
    await page.keyboard.down("Enter");
    await expect(back).toBeVisible();
    // Held: the browser repeats the key for as long as it is down.
    const since = await page.evaluate(() => performance.now());
    while ((await page.evaluate(() => performance.now())) < since + 700) await page.keyboard.down("Enter");
    await page.keyboard.up("Enter");
    await expect(back).toBeVisible();
    await back.click();
  }
  expect(await statusOf(server, held["approvalId"])).toBe("pending");
});

test("A link to a request shows and marks it, in both ways to write it.", async ({ page, server }) => {
  await guardCommands(server);
  const older = await agentAsks(server, "make older");
  await agentAsks(server, "make newer");
  for (const name of ["approvalId", "highlight"]) {
    await signIn(page, server, undefined, `/dashboard/approvals?${name}=${String(older["approvalId"])}`);
    await expect(detail(page).getByRole("figure", { name: "The exact command" })).toContainText("make older");
    const marked = list(page).locator("[aria-current=true]");
    await expect(marked).toHaveCount(1);
    await expect(marked).toContainText("make older");
  }
  await page.goto(`${server.url}/dashboard/approvals?approvalId=apr_nosuchrequest00`);
  await expect(page.getByText("There is no such request here")).toBeVisible();
});

test("The status filter finds what is decided, and All shows everything.", async ({ page, server }) => {
  await guardCommands(server);
  const verdicts = { "make one": "approve", "make two": "deny", "make three": null } as const;
  for (const [command, verdict] of Object.entries(verdicts)) {
    const { approvalId } = await agentAsks(server, command);
    if (verdict !== null)
      await server.call("POST", `/api/dashboard/approvals/${String(approvalId)}/${verdict}`, {});
  }
  await signIn(page, server, undefined, "/dashboard/approvals");
  const items = list(page).getByRole("listitem");
  await expect(items).toHaveText([/make three/]);
  const filter = page.getByRole("navigation", { name: "Status" });
  for (const [name, found] of [
    ["Approved", [/make one.*Approved/]],
    ["Denied", [/make two.*Denied/]],
    ["All", [/make three.*Waiting/, /make two.*Denied/, /make one.*Approved/]],
  ] as const) {
    await filter.getByRole("link", { name, exact: true }).click();
    await expect(items).toHaveText([...found]);
  }
  await expect(page).toHaveURL(/status=all/);
  await filter.getByRole("link", { name: "Used", exact: true }).click();
  await expect(page.getByText("No approval was used")).toBeVisible();
});

test("What somebody else decides disappears from what waits, and the buttons with it.", async ({
  page,
  server,
}) => {
  await guardCommands(server);
  const { approvalId } = await agentAsks(server);
  const colleague = await server.person("approver");
  await signIn(page, server, undefined, "/dashboard/approvals");
  await expect(button(page, "Approve")).toBeVisible();
  await server.call("POST", `/api/dashboard/approvals/${String(approvalId)}/approve`, {}, colleague);
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
  await expect(detail(page).getByText(`Approved by ${colleague.email}`)).toBeVisible();
  await expect(button(page, "Approve")).toHaveCount(0);
});

test("Whoever is second learns that it was decided already.", async ({ page, server }) => {
  await guardCommands(server);
  const { approvalId } = await agentAsks(server);
  await page.route("**/api/dashboard/approvals/stream", (route) => route.abort());
  await signIn(page, server, undefined, "/dashboard/approvals");
  await button(page, "Approve").click();
  await expect(button(page, "Yes, approve")).toBeFocused();
  await page.route("**/api/dashboard/approvals?*", (route) => route.abort()); // nothing new reaches the page
  await page.route("**/api/dashboard/approvals/apr_*", (route) =>
    route.request().method() === "GET" ? route.abort() : route.continue(),
  );
  await server.call("POST", `/api/dashboard/approvals/${String(approvalId)}/deny`, {});
  const told = page.getByRole("status").getByText("Approval request not found or already resolved.");
  await expect(async () => {
    await button(page, "Yes, approve").click({ timeout: 1_000 }); // not in the first half second
    await expect(told).toBeVisible({ timeout: 4_000 });
  }).toPass();
  expect(await statusOf(server, approvalId)).toBe("denied");
});

/** Takes both steps by keyboard. */
async function approveByKeys(page: Page): Promise<void> {
  await expect(button(page, "Approve")).toBeEnabled();
  await page.keyboard.press("a");
  await expect(button(page, "Yes, approve")).toBeFocused();
  await page.keyboard.press("Enter");
}

test("What is approved without a connection is an error, and is never sent later.", async ({
  page,
  context,
  server,
}) => {
  await guardCommands(server);
  const { approvalId } = await agentAsks(server);
  await signIn(page, server, undefined, "/dashboard/approvals");
  const sent: string[] = [];
  await expect(button(page, "Approve")).toBeEnabled();
  await context.setOffline(true);
  await approveByKeys(page);
  await expect(detail(page).getByText("It may have been done: look before you try again.")).toBeVisible();
  await expect(button(page, "Approve")).toBeFocused(); // both steps again
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes("/approvals/")) sent.push(request.url());
  });
  await context.setOffline(false);
  await agentAsks(server, "make newer"); // the page has caught up once it shows this
  await expect(list(page).getByRole("listitem")).toHaveCount(2, { timeout: 40_000 });
  expect(sent).toEqual([]);
  expect(await statusOf(server, approvalId)).toBe("pending");
});

test("When the answer to an approval is lost, the page does not say that nothing was done, and shows what was.", async ({
  page,
  server,
}) => {
  await guardCommands(server);
  const { approvalId } = await agentAsks(server);
  await page.route("**/api/dashboard/approvals/stream", (route) => route.abort());
  await signIn(page, server, undefined, "/dashboard/approvals");
  await page.route("**/api/dashboard/approvals/*/approve", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await approveByKeys(page);
  await expect(page.getByText("It may have been done: look before you try again.").first()).toBeVisible();
  await expect(detail(page).getByText(`Approved by ${server.email}`)).toBeVisible();
  expect(await statusOf(server, approvalId)).toBe("approved");
});

test("A decision that is on its way cannot look taken back, by button or by key.", async ({
  page,
  server,
}) => {
  await guardCommands(server);
  const { approvalId } = await agentAsks(server);
  await signIn(page, server, undefined, "/dashboard/approvals");
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/api/dashboard/approvals/*/approve", async (route) => {
    await held;
    await route.continue();
  });
  await approveByKeys(page);
  await expect(detail(page).getByText("Being sent...")).toBeVisible();
  await expect(button(page, "Back")).toBeDisabled();
  await page.keyboard.press("Escape");
  await expect(button(page, "Yes, approve")).toBeDisabled();
  await expect(button(page, "Approve")).toHaveCount(0);
  answer();
  await expect(detail(page).getByText(`Approved by ${server.email}`)).toBeVisible();
  await expect(
    page.getByRole("status").getByText("Approved, for one time: Demo agent: execute_command on shell."),
  ).toBeVisible();
  expect(await statusOf(server, approvalId)).toBe("approved");
});

test("A command whose end is out of sight says so, and is approved only once that was in sight.", async ({
  page,
  server,
}) => {
  await guardCommands(server);
  await agentAsks(server, `echo fine${"\n".repeat(400)}rm -rf /srv/data`);
  await signIn(page, server, undefined, "/dashboard/approvals");
  const command = detail(page).getByRole("figure", { name: "The exact command" });
  await expect(command).toContainText("399 empty lines");
  await expect(command.getByText("rm -rf /srv/data")).toBeInViewport();
  await expect(button(page, "Approve")).toBeEnabled();

  const lines = Array.from({ length: 60 }, (_, line) => `echo ${line}`);
  const long = await agentAsks(server, [...lines, "rm -rf /srv/data"].join("\n"));
  await page.goto(`${server.url}/dashboard/approvals?approvalId=${String(long["approvalId"])}`);
  await expect(command).toContainText("61 lines");
  await expect(button(page, "Approve")).toBeDisabled();
  await page.keyboard.press("a");
  await expect(button(page, "Yes, approve")).toHaveCount(0);
  await expect(button(page, "Deny")).toBeEnabled();
  await command.getByRole("region").press("End");
  await expect(button(page, "Approve")).toBeEnabled();
  await page.reload();
  await expect(button(page, "Approve")).toBeDisabled();
  await inspect(page, "approvals-long");
  await command.getByRole("button", { name: "Show all" }).click();
  await expect(button(page, "Approve")).toBeEnabled();
});

test("A double tap where only denying is offered, Escape in the inbox and keys behind a window decide nothing.", async ({
  page,
  server,
}) => {
  await guardCommands(server);
  const { approvalId } = await agentAsks(server);
  await page.setViewportSize({ width: 360, height: 740 });
  await signIn(page, server, undefined, `/dashboard/approvals?approvalId=${String(approvalId)}`);
  await expect(button(page, "Approve")).toBeEnabled();
  await page.getByRole("button", { name: "Menu" }).click();
  await page.keyboard.press("a");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(button(page, "Back")).toHaveCount(0);

  await page.goto(`${server.url}/dashboard/inbox?approvalId=${String(approvalId)}`);
  await button(page, "Deny").click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expect(button(page, "Back")).toHaveCount(0);

  await page.route("**/api/dashboard/approvals/apr_*", async (route) => {
    const response = await route.fetch();
    const body = (await response.json()) as { approval: object };
    await route.fulfill({ response, json: { approval: { ...body.approval, canApprove: false } } });
  });
  await page.goto(`${server.url}/dashboard/approvals?approvalId=${String(approvalId)}`);
  await expect(button(page, "Approve")).toHaveCount(0);
  const deny = await button(page, "Deny").boundingBox();
  await button(page, "Deny").click();
  const yes = await button(page, "Yes, deny").boundingBox();
  expect(deny !== null && yes !== null && yes.x + yes.width <= deny.x).toBe(true);
  expect(await statusOf(server, approvalId)).toBe("pending");
});

test("A new request is told to screen readers.", async ({ page, server }) => {
  await server.verify({ action: "deploy_production", vendor: "vercel.com" });
  await signIn(page, server, undefined, "/dashboard/settings");
  await expect(page.getByRole("link", { name: "Approvals 1 waiting" })).toBeVisible();
  await expect(page.getByRole("status", { name: "New requests" })).toHaveText("");
  await server.verify({ action: "deploy_production", vendor: "vercel.com", amount: 2 });
  await expect(page.getByRole("status", { name: "New requests" })).toHaveText(
    / waits for you: deploy_production/,
  );
});

test("A viewer sees the request without buttons, and is refused by hand.", async ({ page, server }) => {
  await guardCommands(server);
  const { approvalId } = await agentAsks(server);
  const viewer = await server.person("viewer");
  await signIn(page, server, viewer, "/dashboard/approvals");
  await expect(detail(page).getByText(COMMAND)).toBeVisible();
  await page.keyboard.press("a");
  await page.keyboard.press("Enter");
  for (const name of ["Approve", "Deny", "Yes, approve"]) await expect(button(page, name)).toHaveCount(0);
  for (const verdict of ["approve", "deny"]) {
    const path = `/api/dashboard/approvals/${String(approvalId)}/${verdict}`;
    expect((await server.tryCall("POST", path, {}, viewer)).status).toBe(403);
  }
  expect(await statusOf(server, approvalId)).toBe("pending");
});

test("Without a stream of changes the page asks by itself.", async ({ page, server }) => {
  await guardCommands(server);
  await page.route("**/api/dashboard/approvals/stream", (route) => route.abort());
  await signIn(page, server, undefined, "/dashboard/approvals");
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
  await agentAsks(server);
  await expect(button(page, "Approve")).toBeVisible({ timeout: 20_000 });
});

test("A second page of the same browser is told by the first, and takes over when it is closed.", async ({
  page,
  context,
  server,
}) => {
  await guardCommands(server);
  await signIn(page, server, undefined, "/dashboard/approvals");
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
  const streams: string[] = [];
  const second = await context.newPage();
  second.on("request", (request) => {
    if (request.url().endsWith("/approvals/stream")) streams.push(request.url());
  });
  await second.goto(`${server.url}/dashboard/approvals`);
  await expect(second.getByText("Nothing waits for you")).toBeVisible();
  await agentAsks(server, "make one");
  await expect(list(second).getByRole("listitem")).toHaveCount(1, { timeout: 4_000 });
  expect(streams).toHaveLength(0);
  await page.goto("about:blank");
  await expect.poll(() => streams.length).toBe(1);
  await agentAsks(server, "make two");
  await expect(list(second).getByRole("listitem")).toHaveCount(2, { timeout: 4_000 });
});

test("What a hostile agent sends is shown as it is, with what cannot be seen named.", async ({
  page,
  server,
}) => {
  test.setTimeout(180_000);
  await addHostileAgent(server);
  await signIn(page, server, undefined, "/dashboard/approvals");
  const command = detail(page).getByRole("figure", { name: "The exact command" });
  await expect(command).toContainText("<script>window.__broken=1</script>");
  await expect(command).toContainText("U+202E");
  await inspect(page, "approvals-hostile");
});

test("Approvals and what needs attention look right on a phone and a desk, in both themes.", async ({
  page,
  server,
}) => {
  test.setTimeout(300_000);
  await guardCommands(server);
  const done = await agentAsks(server, "git push --force origin main");
  await server.call("POST", `/api/dashboard/approvals/${String(done["approvalId"])}/deny`, {});
  const open = await agentAsks(server, "make release");
  await server.call("POST", `/api/dashboard/approvals/${String(open["approvalId"])}/approve`, {});
  await server.verify({ action: "deploy_production", vendor: "netlify.com" });
  await server.verify({ action: "deploy_production", vendor: "vercel.com", amount: 12.5 });
  await signIn(page, server, undefined, "/dashboard/approvals");
  await expect(button(page, "Approve")).toBeVisible();
  await agentAsks(server);
  await expect(list(page).getByRole("listitem")).toHaveCount(2);
  await list(page).getByRole("link").first().click();
  await expect(detail(page).getByText(COMMAND)).toBeVisible();
  await inspect(page, "approvals");
  await button(page, "Approve").click();
  await inspect(page, "approvals-sure");
  await page.goto(`${server.url}/dashboard/approvals?status=all&approvalId=${String(open["approvalId"])}`);
  await expect(detail(page)).toContainText("Not used yet.");
  await inspect(page, "approvals-all");
  await page.getByRole("button", { name: "Keys" }).click();
  await inspect(page, "approvals-keys");
  await page.goto(`${server.url}/dashboard/inbox`);
  await expect(page.getByText("netlify.com")).toBeVisible();
  await inspect(page, "inbox");
  await page.getByRole("link", { name: /kubectl/ }).click();
  await expect(page.getByRole("dialog").getByRole("article")).toContainText(COMMAND);
  await inspect(page, "inbox-request");
});
