// SPDX-License-Identifier: Apache-2.0
/** The first minute: from the link that the server prints to an agent and its first decision. */
import { execFileSync } from "node:child_process";
import { delimiter, dirname } from "node:path";
import type { Page } from "@playwright/test";
import { SCRIPT } from "./support/hostile.ts";
import { BINARY, type Server } from "./support/server.ts";
import { expect, inspect, signIn, test } from "./support/test.ts";

const ADA = { email: "ada@example.test", password: "a long password" };

async function setUp(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("Email").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  await page.getByRole("button", { name: "Set up this server" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Your first agent" })).toBeVisible();
}

async function choosePreset(page: Page, name: string, preset: string): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Next: what it may do" }).click();
  await page.getByRole("radio", { name: preset, exact: true }).check();
  await page.getByRole("button", { name: "Next: review" }).click();
}

async function shownSecret(page: Page): Promise<string> {
  return (await page.locator("[data-secret]").textContent()) ?? "";
}

/** What a person's shell prints, with our command line in its path and nothing of ours in its environment. */
function shell(server: Server, script: string): string {
  const path = `${dirname(BINARY)}${delimiter}${process.env["PATH"] ?? ""}`;
  const env = { PATH: path, HOME: server.folder };
  return execFileSync("sh", ["-c", script], { env, encoding: "utf8", cwd: server.folder });
}

test("The setup link leads to a native agent with its key and to a recorded decision.", async ({
  page,
  fresh,
}) => {
  await setUp(page, fresh.setupLink);
  await choosePreset(page, "Web researcher", "Researcher");
  await page.getByRole("button", { name: "Create the agent" }).click();
  const key = await shownSecret(page);
  expect(key).toMatch(/^bhf_sk_/);
  await page.getByRole("button", { name: "Try this request" }).click();
  const answer = page.getByRole("status").filter({ hasText: "Recorded as" });
  await expect(answer).toContainText("Allowed");
  await expect(answer).toContainText("A permission allows it.");
  const requestId = (await answer.getByRole("link", { name: /^req_/ }).textContent()) ?? "";
  const logs = await fresh.call("GET", "/api/dashboard/logs", undefined, ADA);
  expect(logs["logs"].map((row: { requestId: string }) => row.requestId)).toEqual([requestId]);
  await page.getByLabel("Example").selectOption({ label: "Outside of every permission" });
  await page.getByRole("button", { name: "Try this request" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Recorded as" })).toContainText("Denied");
});

test("A request that needs a person leads from the wizard to the approval.", async ({ page, server }) => {
  await signIn(page, server, undefined, "/dashboard/agents/new");
  await choosePreset(page, "Shop assistant", "Shopper");
  await page.getByRole("button", { name: "Create the agent" }).click();
  await page.getByLabel("Example").selectOption({ label: "Make purchases: covered by it" });
  await page.getByRole("button", { name: "Try this request" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Recorded as" })).toContainText(
    "Approval required",
  );
  await page.getByRole("link", { name: "Decide on it" }).click();
  await expect(page).toHaveURL(/\/dashboard\/approvals\?approvalId=apr_/);
});

test("The snippets of a new agent work as they stand, once the copied lines are in the shell.", async ({
  page,
  context,
  server,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await signIn(page, server, undefined, "/dashboard/agents/new");
  await choosePreset(page, "Web researcher", "Researcher");
  await page.getByRole("button", { name: "Create the agent" }).click();
  await page.getByRole("button", { name: "Copy as environment lines" }).click();
  await expect(page.getByText("Copied", { exact: true })).toBeVisible();
  const lines = await page.evaluate(() => navigator.clipboard.readText());
  const curl = (await page.getByRole("region", { name: "Ask by curl" }).textContent()) ?? "";
  await page.getByRole("tab", { name: "behalf" }).click();
  const command = (await page.getByRole("region", { name: "Ask by behalf" }).textContent()) ?? "";
  await page.getByRole("tab", { name: "no library" }).click();
  const code = (await page.getByRole("region", { name: "Ask without a library" }).textContent()) ?? "";
  const program = server.write("ask.mjs", code);
  const folder = dirname(program);
  server.write("package.json", "{}");
  const guards: string[] = [];
  for (const [tab, file, run] of [
    ["Node", "guard.mjs", `${process.execPath} guard.mjs`],
    ["Python", "guard.py", "venv/bin/python guard.py"],
  ] as const) {
    await page.getByRole("tab", { name: tab }).click();
    const panel = page.getByRole("tabpanel", { name: tab });
    const install = (await panel.getByRole("region", { name: "Install" }).textContent()) ?? "";
    server.write(file, (await panel.getByRole("region", { name: "Guard a function" }).textContent()) ?? "");
    guards.push(`(cd ${folder} && ${install} >/dev/null 2>&1 && ${run})`);
  }
  expect(curl + command + code).not.toContain("bhf_sk_");
  const run = `${process.execPath} ${program}`;
  const said = shell(
    server,
    `${lines}\n${curl}\necho\n${run}\n${guards.join("\n")}\n${command}\necho "exit $?"`,
  );
  expect(said).toContain('"allowed":true');
  expect(said.split("acted\n")).toHaveLength(4);
  expect(said).toContain("exit 0");
});

test("A connected agent gets a passport link, tried at once without a record.", async ({ page, server }) => {
  test.slow();
  await signIn(page, server, undefined, "/dashboard/agents/new");
  await page.getByRole("radio", { name: "Connected: it reads a passport" }).check();
  await choosePreset(page, "My chat", "Travel planner");
  await page.getByRole("button", { name: "Create the agent" }).click();
  const link = new URL(await shownSecret(page));
  expect(link.pathname).toMatch(/^\/passport\/agent_/);
  const before = await server.call("GET", "/api/dashboard/logs");
  await page.getByRole("button", { name: "Try this request" }).click();
  await expect(page.getByRole("status").filter({ hasText: "A preview by passport" })).toContainText(
    "Allowed",
  );
  expect(await server.call("GET", "/api/dashboard/logs")).toEqual(before);
  const token = link.hash.replace("#token=", "");
  const agentId = link.pathname.split("/")[2] ?? "";
  const read = await server.request("GET", `/api/passport/${agentId}`, undefined, {
    Authorization: `Bearer ${token}`,
  });
  expect(read.body["permissions"]).toHaveLength(2);
  await inspect(page, "new-agent-connected");
});

test("A scope of one's own says what is wrong with it, and becomes the permission that was typed.", async ({
  page,
  server,
}) => {
  test.slow();
  await signIn(page, server, undefined, "/dashboard/agents/new");
  await page.getByLabel("Name", { exact: true }).fill("Payer");
  await page.getByRole("button", { name: "Next: what it may do" }).click();
  await page.getByRole("radio", { name: "Permissions of my own" }).check();
  await page.getByRole("button", { name: "Next: name the permission" }).click();
  await page.getByRole("button", { name: "Create the agent" }).click();
  await expect(page.getByText("Name the action.")).toBeVisible();
  await page.getByLabel("Action", { exact: true }).fill("purchase");
  await page.getByLabel("Resource").fill("shop.example");
  await inspect(page, "new-agent-own-scope");
  await page.getByRole("button", { name: "Create the agent" }).click();
  await page.getByRole("button", { name: "Try this request" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Recorded as" })).toContainText("Allowed");
  const { agents } = await server.call("GET", "/api/dashboard/agents");
  const view = await server.call("GET", `/api/dashboard/agents/${agents[0].agentId}`);
  expect(view["permissions"]).toEqual([
    expect.objectContaining({ action: "purchase", resource: "shop.example", template: "purchase" }),
  ]);
});

test("A scope that the server refuses is named; the agent, its key and the others are there.", async ({
  page,
  server,
}) => {
  test.slow();
  await signIn(page, server, undefined, "/dashboard/agents/new");
  await choosePreset(page, "Web researcher", "Researcher");
  await page.getByRole("button", { name: "Change Browse web" }).click();
  const scope = page.getByRole("listitem", { name: "Browse web" });
  await scope.getByText("Further conditions").click();
  await scope.getByLabel("Denied paths").fill("../secrets/**");
  await page.getByRole("button", { name: "Create the agent" }).click();
  await expect(page.getByText("The agent was created, but not all of its permissions.")).toBeVisible();
  await expect(page.getByText(/^Browse web: /)).toBeVisible();
  expect(await shownSecret(page)).toMatch(/^bhf_sk_/);
  await inspect(page, "new-agent-missing-scope");
});

test("The key of a new agent is nowhere after the page was left.", async ({ page, server }) => {
  await signIn(page, server, undefined, "/dashboard/agents/new");
  await choosePreset(page, "Web researcher", "Researcher");
  await page.getByRole("button", { name: "Create the agent" }).click();
  const key = await shownSecret(page);
  await page.getByRole("link", { name: "To the agent" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Web researcher", exact: true })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1, name: "New agent" })).toBeVisible();
  expect(await page.content()).not.toContain(key);
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(stored).not.toContain(key);
});

test("Back goes one step back and keeps what was typed; a reload begins anew.", async ({ page, server }) => {
  await signIn(page, server, undefined, "/dashboard/agents/new");
  await choosePreset(page, "Web researcher", "Researcher");
  await expect(page.getByRole("heading", { name: "Review" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("radio", { name: "Researcher", exact: true })).toBeChecked();
  await page.goBack();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Web researcher");
  await page.goForward();
  await page.reload();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("");
});

test("Who may not make agents is told so.", async ({ page, server }) => {
  await signIn(page, server, await server.person("viewer"), "/dashboard/agents/new");
  await expect(page.getByText("Your role may not create agents.")).toBeVisible();
  await expect(page.getByLabel("Name", { exact: true })).toHaveCount(0);
});

test("The setup page and the wizard's first step are usable by everybody, on a phone and at a desk.", async ({
  page,
  fresh,
}) => {
  test.slow();
  await page.goto(fresh.setupLink);
  await expect(page.getByLabel("Email")).toBeVisible();
  await inspect(page, "setup");
  await setUp(page, fresh.setupLink);
  await page.getByLabel("Name", { exact: true }).fill(SCRIPT);
  await inspect(page, "new-agent-kind");
});

test("The wizard's choice of scopes is usable by everybody.", async ({ page, server }) => {
  test.slow();
  await signIn(page, server, undefined, "/dashboard/agents/new");
  await page.getByLabel("Name", { exact: true }).fill(SCRIPT);
  await page.getByRole("button", { name: "Next: what it may do" }).click();
  await page.getByRole("radio", { name: "Shopper" }).check();
  await inspect(page, "new-agent-presets");
  await page.getByRole("radio", { name: "Templates" }).check();
  await page.getByLabel("Find a template").fill("email");
  await page.getByRole("checkbox", { name: "Send email" }).check();
  await inspect(page, "new-agent-templates");
});

test("The wizard's review and result are usable by everybody.", async ({ page, server }) => {
  test.slow();
  await signIn(page, server, undefined, "/dashboard/agents/new");
  await choosePreset(page, "Shop assistant", "Shopper");
  await inspect(page, "new-agent-review");
  await page.getByRole("button", { name: "Create the agent" }).click();
  await page.getByLabel("Example").selectOption({ label: "Make purchases: covered by it" });
  await page.getByRole("button", { name: "Try this request" }).click();
  await expect(page.getByRole("link", { name: "Decide on it" })).toBeVisible();
  await inspect(page, "new-agent-result");
});
