// SPDX-License-Identifier: Apache-2.0
/** Agents: the list, identity and guidelines, off and on, keys and passport links, and what an agent did. */
import { addHostileAgent, SCRIPT } from "./support/hostile.ts";
import type { Server } from "./support/server.ts";
import { expect, inspect, signIn, test, type Page } from "./support/test.ts";

const PURCHASE = { action: "purchase", vendor: "coachella.com", amount: 100 };

async function addAgent(server: Server, fields: Record<string, unknown>): Promise<string> {
  const made = await server.call("POST", "/api/dashboard/agents", fields);
  return made["agent"]["agentId"] as string;
}

async function openAgent(page: Page, server: Server, tab = "", agentId = server.agentId): Promise<void> {
  await signIn(page, server, undefined, `/dashboard/agents/${agentId}${tab}`);
}

/** What stands on the page as a secret; it is shown once. */
async function shownSecret(page: Page): Promise<string> {
  return (await page.locator("[data-secret]").textContent()) ?? "";
}

test("The list is searched and filtered, the address keeps the filters, and no match says so.", async ({
  page,
  server,
}) => {
  await addAgent(server, { name: "Travel helper", agentType: "connected", provider: "claude" });
  const off = await addAgent(server, { name: "Old runner", provider: "langchain" });
  await server.call("POST", `/api/dashboard/agents/${off}/disable`);
  await signIn(page, server, undefined, "/dashboard/agents");
  const rows = page.getByRole("table", { name: "Agents" }).getByRole("rowheader");
  await expect(rows).toHaveCount(3);
  await inspect(page, "agents");

  await page.getByRole("searchbox", { name: "Search" }).fill("travel");
  await expect(rows).toHaveCount(1);
  await expect(page.getByText("1 of 3 agents")).toBeVisible();
  await page.getByRole("searchbox", { name: "Search" }).fill("");
  await page.getByRole("combobox", { name: "Status" }).selectOption("Disabled");
  await expect(rows).toHaveText([/Old runner/]);
  await expect(page).toHaveURL(/status=disabled/);
  await page.reload();
  await expect(rows).toHaveText([/Old runner/]);
  await page.getByRole("combobox", { name: "Provider" }).selectOption("Claude");
  await expect(page.getByText("No agent fits these filters")).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByRole("combobox", { name: "Type" }).selectOption("Connected");
  await expect(rows).toHaveText([/Travel helper/]);
});

test("Identity and guidelines are edited, and what the server refuses is shown.", async ({
  page,
  server,
}) => {
  await openAgent(page, server);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Festival buyer");
  await page.getByRole("combobox", { name: "Provider" }).selectOption("Ollama");
  await page.getByRole("textbox", { name: "Ollama address" }).fill("no address");
  await page.getByRole("button", { name: "Save identity" }).click();
  await expect(page.getByRole("alert")).toContainText("ollamaBaseUrl must be an http or https URL.");
  await page.getByRole("textbox", { name: "Ollama address" }).fill("http://127.0.0.1:11434");
  await page.getByRole("button", { name: "Save identity" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Festival buyer" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Save identity" })).toBeDisabled();

  await page.getByRole("button", { name: "Add a guideline" }).click();
  await page.getByRole("textbox", { name: "Guideline 1" }).fill("Ask before you spend more than 50.");
  await page.getByRole("button", { name: "Add a guideline" }).click();
  await page.getByRole("textbox", { name: "Guideline 2" }).fill("Only day tickets.");
  await page.getByRole("button", { name: "Save guidelines" }).click();
  await expect(page.getByText("Guidelines saved.")).toBeVisible();
  const stored = await server.call("GET", `/api/dashboard/agents/${server.agentId}`);
  expect(stored["agent"]).toMatchObject({
    name: "Festival buyer",
    provider: "ollama",
    guidelines: ["Ask before you spend more than 50.", "Only day tickets."],
  });
  await inspect(page, "agent-overview");
  await page.getByRole("button", { name: "Remove guideline 1" }).click();
  await page.getByRole("button", { name: "Save guidelines" }).click();
  await expect(page.getByRole("textbox", { name: "Guideline 2" })).toBeHidden();
  await expect(page.getByRole("textbox", { name: "Guideline 1" })).toHaveValue("Only day tickets.");
});

test("A disabled agent is denied at its next request, and allowed again once it is enabled.", async ({
  page,
  server,
}) => {
  expect(await server.verify(PURCHASE)).toMatchObject({ allowed: true });
  await openAgent(page, server);
  await page.getByRole("button", { name: "Disable agent" }).click();
  const question = page.getByRole("dialog");
  await question.getByRole("button", { name: "Cancel" }).click();
  expect(await server.verify(PURCHASE)).toMatchObject({ allowed: true });
  await page.getByRole("button", { name: "Disable agent" }).click();
  await question.getByRole("button", { name: "Disable agent" }).click();
  await expect(page.getByText("This agent is disabled")).toBeVisible();
  expect(await server.verify(PURCHASE)).toMatchObject({ allowed: false, reason: "Agent is disabled." });
  await inspect(page, "agent-disabled");
  await page.getByRole("button", { name: "Enable agent" }).click();
  await question.getByRole("button", { name: "Enable agent" }).click();
  await expect(page.getByText("This agent is disabled")).toBeHidden();
  expect(await server.verify(PURCHASE)).toMatchObject({ allowed: true });
});

test("A rotated key is shown once and works, and the old one is dead.", async ({ page, server }) => {
  await openAgent(page, server, "/integrations");
  await page.getByRole("button", { name: "Rotate key" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rotate key" }).click();
  await expect(page.locator("[data-secret]")).toBeVisible();
  const key = await shownSecret(page);
  expect(key).toMatch(/^bhf_sk_/);
  expect(await server.verify(PURCHASE, server.agentId, key)).toMatchObject({ allowed: true });
  await expect(server.verify(PURCHASE)).rejects.toThrow("401");
  await page.getByRole("link", { name: "Overview", exact: true }).last().click();
  await expect(page.locator("[data-secret]")).toHaveCount(0);
  await page.getByRole("link", { name: "Integrations" }).click();
  await expect(page.getByRole("heading", { name: "API key" })).toBeVisible();
  expect(await page.content()).not.toContain(key);
  expect(
    await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])),
  ).not.toContain(key);
});

test("A passport link is made and regenerated, the old one is dead, and it can be revoked.", async ({
  page,
  server,
}) => {
  await openAgent(page, server, "/integrations");
  await page.getByRole("button", { name: "Create link" }).click();
  const read = async (link: string) => {
    const token = decodeURIComponent(new URL(link).hash.replace("#token=", ""));
    const headers = { Authorization: `Bearer ${token}` };
    return (await server.request("GET", `/api/passport/${server.agentId}`, undefined, headers)).status;
  };
  await expect(page.locator("[data-secret]")).toContainText("#token=");
  const first = await shownSecret(page);
  expect(await read(first)).toBe(200);
  await inspect(page, "agent-integrations");
  await page.getByRole("button", { name: "Regenerate link" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Regenerate link" }).click();
  await expect(page.locator("[data-secret]")).not.toHaveText(first);
  const second = await shownSecret(page);
  expect([await read(first), await read(second)]).toEqual([401, 200]);
  await page.getByRole("button", { name: "Revoke link" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke link" }).click();
  await expect(page.getByRole("button", { name: "Create link" })).toBeVisible();
  expect(await read(second)).toBe(401);
});

test("The activity tab shows this agent's decisions, filters them, and gives a receipt to copy.", async ({
  page,
  context,
  server,
}) => {
  await server.verify(PURCHASE);
  await server.verify({ ...PURCHASE, amount: 801 });
  const denied = await server.verify({ action: "send_email", vendor: "gmail.com" });
  const other = await addHostileAgent(server);
  await server.verify({ action: "of_another_agent" }, other.agentId, other.apiKey);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  await openAgent(page, server, "/activity");
  const rows = page.getByRole("table").getByRole("rowheader");
  await expect(rows).toHaveText(["send_email", "purchase", "purchase"]);
  await inspect(page, "agent-activity");
  await page.getByRole("combobox", { name: "Decision" }).selectOption("Allowed");
  await expect(rows).toHaveText(["purchase"]);
  await page.getByRole("combobox", { name: "Decision" }).selectOption("All decisions");
  await page.getByRole("textbox", { name: "Action" }).fill("send_email");
  await expect(rows).toHaveText(["send_email"]);
  await rows.getByRole("link").click();
  const receipt = page.getByRole("dialog");
  await receipt.getByRole("button", { name: "Copy as text" }).click();
  await expect(receipt.getByText("Copied")).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(denied["requestId"]);
  expect(copied).toContain("No active permission exists for this action.");
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Action" }).fill("no_such_action");
  await expect(page.getByText("No entry matches.")).toBeVisible();
});

test("Hostile names stay texts in the list of agents.", async ({ page, server }) => {
  await addHostileAgent(server);
  await signIn(page, server, undefined, "/dashboard/agents");
  await expect(page.getByRole("link", { name: SCRIPT })).toBeVisible();
  await inspect(page, "agents-hostile");
});

for (const tab of ["overview", "permissions", "integrations", "activity"]) {
  test(`Hostile texts of an agent stay texts in its part ${tab}.`, async ({ page, server }) => {
    const { agentId } = await addHostileAgent(server);
    await openAgent(page, server, `/${tab}`, agentId);
    await expect(page.getByRole("heading", { level: 1 })).toContainText(SCRIPT);
    await inspect(page, `agent-hostile-${tab}`);
  });
}

test("A viewer sees agents and permissions, and no way to change them.", async ({ page, server }) => {
  const viewer = await server.person("viewer");
  const base = `/dashboard/agents/${server.agentId}`;
  await signIn(page, server, viewer, base);
  await expect(page.getByRole("heading", { name: "Identity" })).toBeVisible();
  await expect(page.getByRole("button", { name: /Save|Disable|Add/ })).toHaveCount(0);
  for (const tab of ["/permissions", "/integrations", "/permissions?edit=new"]) {
    await page.goto(server.url + base + tab);
    await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
    await expect(page.getByRole("button", { name: /Add|Edit|Revoke|Rotate|Create|Regenerate/ })).toHaveCount(
      0,
    );
  }
  for (const path of ["/disable", "/rotate-key", "/passport", "/permissions"]) {
    const answer = await server.tryCall("POST", `/api${base}${path}`, { action: "x" }, viewer);
    expect(answer.status, path).toBe(403);
  }
});

test("An agent that is none says so, with a way back.", async ({ page, server }) => {
  await signIn(page, server, undefined, "/dashboard/agents/agent_none");
  await expect(page.getByRole("heading", { level: 1, name: "No such agent" })).toBeVisible();
  await page.getByRole("link", { name: "To the agents of this account" }).click();
  await expect(page.getByRole("table", { name: "Agents" })).toBeVisible();
});
