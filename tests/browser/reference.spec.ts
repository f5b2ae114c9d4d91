// SPDX-License-Identifier: Apache-2.0
/** The reference of the API: it shows what the server's own OpenAPI document says, and leads to each part of it. */
import { execFileSync } from "node:child_process";
import { type Json, type Server } from "./support/server.ts";
import { expect, inspect, test, type Page } from "./support/test.ts";

interface Listed {
  id: string;
  line: string;
}

async function documentOf(server: Server): Promise<Json> {
  return (await (await fetch(`${server.url}/openapi.json`)).json()) as Json;
}

/** Each operation and event of the document, as its line on the page begins. */
function listed(document: Json): Listed[] {
  const lines = (paths: unknown, wordOf: (method: string) => string) =>
    Object.entries(paths as Json).flatMap(([path, item]) =>
      Object.entries(item as Json).map(([method, operation]) => ({
        id: (operation as Json)["operationId"] as string,
        line: `${wordOf(method)} ${path}`,
      })),
    );
  return [
    ...lines(document["paths"], (method) => method.toUpperCase()),
    ...lines(document["webhooks"], () => "EVENT"),
  ];
}

function lineOf(page: Page, text: string) {
  return page.getByRole("article").getByRole("heading", { level: 3, name: text });
}

async function isInView(page: Page, id: string): Promise<boolean> {
  return page.evaluate((name) => {
    const box = document.getElementById(name)?.getBoundingClientRect();
    return box !== undefined && box.top >= 0 && box.bottom <= innerHeight;
  }, id);
}

test("The reference lists every operation and event of /openapi.json, each once.", async ({
  page,
  server,
}) => {
  test.slow(); // so many lines take the look at accessibility its time
  await page.goto(`${server.url}/docs/reference`);
  await expect(page.getByRole("heading", { level: 1, name: "API reference" })).toBeVisible();
  const wanted = listed(await documentOf(server));
  const ids = await page.locator("article summary[id]").evaluateAll((all) => all.map((one) => one.id));
  expect([...ids].sort()).toEqual(wanted.map((one) => one.id).sort());
  for (const { id, line } of wanted)
    expect((await page.locator(`#${id}`).textContent())?.startsWith(line), line).toBe(true);
  await expect(page.getByRole("link", { name: /OpenAPI 3.1/ })).toHaveAttribute("href", "/openapi.json");
  await inspect(page, "reference");
});

test("A search finds operations by the words of their path, name and fields, and says how many.", async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/docs/reference`);
  const search = page.getByRole("searchbox", { name: "Find an operation or event" });
  const count = page.getByRole("status").filter({ hasText: "operations and events" });
  const all = listed(await documentOf(server)).length;
  await expect(count).toHaveText(`${all} operations and events`);
  await search.fill("/api/verify");
  await expect(lineOf(page, "POST /api/verify May the agent do this?")).toBeVisible();
  await expect(page.locator("article summary[id]")).toHaveCount(1);
  await expect(count).toHaveText(`1 of ${all} operations and events`);
  await search.fill("policyContext idempotency");
  await expect(page.locator("article summary#verify")).toHaveCount(1);
  await search.fill("nothing is called like this");
  await expect(page.getByText("No operation or event has all these words.")).toBeVisible();
  await page
    .getByRole("navigation", { name: "On this page" })
    .getByRole("link", { name: "Webhooks" })
    .click();
  await expect(search).toHaveValue("");
  await expect(count).toHaveText(`${all} operations and events`);
});

test("The address of an operation opens it and goes there, also from another one.", async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/docs/reference#replacePermission`);
  const opened = page.locator("details", { has: page.locator("> summary#replacePermission") });
  await expect(opened).toHaveAttribute("open", "");
  await expect.poll(() => isInView(page, "replacePermission")).toBe(true);
  await expect(page.locator("#replacePermission")).toBeFocused();
  await expect(opened.getByRole("rowheader", { name: "constraints.maxAmount" })).toBeVisible();
  await page.evaluate(() => void (location.hash = "#verify"));
  await expect.poll(() => isInView(page, "verify")).toBe(true);
  await expect(page.locator("details", { has: page.locator("> summary#verify") })).toHaveAttribute(
    "open",
    "",
  );
});

test("An operation shows who may call it, its fields with their limits, its answers and its errors.", async ({
  page,
  server,
}) => {
  test.slow();
  await page.goto(`${server.url}/docs/reference#createDashboardPermission`);
  const operation = page.locator("details", { has: page.locator("> summary#createDashboardPermission") });
  await expect(operation).toContainText("A session or a developer token");
  await expect(operation).toContainText("Owner or admin");
  const action = operation
    .getByRole("table", { name: "Fields of the body" })
    .getByRole("row", { name: /^action/ });
  await expect(action).toContainText("1 to 80 characters");
  await expect(action).not.toContainText("optional");
  await expect(operation.getByRole("rowheader", { name: "constraints.allowedVendors" })).toContainText(
    "optional",
  );
  await expect(
    operation.getByRole("rowheader", { name: "workspaceAuthority.role", exact: true }),
  ).toBeVisible();
  await operation.getByText("409", { exact: true }).click();
  await expect(operation).toContainText("An agent can have 200 active permissions or fewer.");
  await page.getByRole("searchbox").fill("createDashboardPermission");
  await expect(page.locator("article summary[id]")).toHaveCount(1);
  await inspect(page, "reference-operation");
});

test("An event shows the headers and the fields that come with it, its body, and what to answer.", async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/docs/reference#onApprovalRequested`);
  const event = page.locator("details", { has: page.locator("> summary#onApprovalRequested") });
  const headers = event.getByRole("table", { name: "Parameters" });
  await expect(headers.getByRole("rowheader", { name: "webhook-signature" })).toBeVisible();
  await expect(event.getByRole("row", { name: /^type/ })).toContainText("approval.requested");
  await expect(event.getByRole("row", { name: /^data\.vendor/ })).toContainText("optional");
  const shown = await event.getByRole("region", { name: "Body" }).textContent();
  expect(JSON.parse(shown ?? "")).toMatchObject({ type: "approval.requested", data: { status: "pending" } });
  await expect(event.getByText("2XX", { exact: true })).toBeVisible();
  await expect(event).not.toContainText("Credential");
  await page.getByRole("searchbox").fill("onApprovalRequested");
  await expect(page.locator("article summary[id]")).toHaveCount(1);
  await inspect(page, "reference-event");
});

test("It can be used with the keyboard alone, and what is copied is the call.", async ({ page, server }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${server.url}/docs/reference`);
  await page.getByRole("searchbox").focus();
  await page.keyboard.type("listAgents");
  await page.keyboard.press("Tab");
  await expect(page.locator("#listAgents")).toBeFocused();
  await page.keyboard.press("Enter");
  const operation = page.locator("details", { has: page.locator("> summary#listAgents") });
  await operation.getByRole("button", { name: "Copy" }).first().click();
  await expect(operation.getByRole("button", { name: "Copied" })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(
    'curl -s "$BEHALFID_BASE_URL/api/dashboard/agents" \\\n  -H "X-Developer-Token: $BEHALFID_DEVELOPER_TOKEN"',
  );
});

test("The call that is shown for verify, with the demo's key and agent, is answered with an allow.", async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/docs/reference#verify`);
  const operation = page.locator("details", { has: page.locator("> summary#verify") });
  const shown = await operation.getByRole("region", { name: "curl: A purchase" }).textContent();
  const call = (shown ?? "")
    .replace(/"agentId": ?"[^"]+"/, `"agentId":"${server.agentId}"`)
    .replace("amazon.com", "coachella.com");
  const env = { PATH: process.env["PATH"], BEHALFID_BASE_URL: server.url, BEHALFID_API_KEY: server.apiKey };
  const done = execFileSync("/bin/sh", ["-c", call], { env, encoding: "utf8" });
  expect(JSON.parse(done)).toMatchObject({ allowed: true });
});
