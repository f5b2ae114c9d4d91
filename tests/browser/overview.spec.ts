// SPDX-License-Identifier: Apache-2.0
/** The first page: what waits, and counts that are those of the log. */
import type { Server } from "./support/server.ts";
import { expect, inspect, signIn, test, type Page } from "./support/test.ts";

/** The demo's agent is allowed once, denied twice, and held twice for two things; a shadow call decides nothing. */
async function decideSome(server: Server): Promise<void> {
  await server.verify({ action: "purchase", vendor: "coachella.com", amount: 742 });
  await server.verify({ action: "purchase", vendor: "coachella.com", amount: 900 });
  await server.verify({ action: "launch_rocket", vendor: "pad" });
  await server.verify({ action: "deploy_production", vendor: "vercel.com" });
  await server.verify({ action: "deploy_production", vendor: "vercel.com", amount: 5 });
  await server.verify({ action: "launch_rocket", vendor: "pad", shadow: true });
}

/** How many the log counts with this filter, without shadow calls. */
async function logged(server: Server, query: string): Promise<number> {
  const page = await server.call("GET", `/api/dashboard/logs?shadow=false&limit=1${query}`);
  return page["pagination"]["total"] as number;
}

const outcome = (page: Page, name: string) =>
  page.getByRole("term").filter({ hasText: name }).locator("..").getByRole("definition");

test("The counts of the overview are those of the log.", async ({ page, server }) => {
  await decideSome(server);
  const approval = await logged(server, "&decision=approval_required");
  const counts = {
    Allowed: await logged(server, "&decision=allowed"),
    Denied: (await logged(server, "&decision=denied")) - approval,
    "Approval required": approval,
  };
  expect(counts).toEqual({ Allowed: 1, Denied: 2, "Approval required": 2 });
  await signIn(page, server);
  for (const [name, count] of Object.entries(counts)) {
    await expect(outcome(page, name)).toHaveText(new RegExp(`^${count} `));
  }
  await page.getByText("As a table").click();
  const days = page.getByRole("table", { name: "Decisions by day" }).getByRole("row");
  await expect(days).toHaveCount(15);
  await expect(days.nth(1).getByRole("cell")).toHaveText(["1", "2", "2"]);
  await expect(page.getByRole("table", { name: "Newest decisions" }).getByRole("row")).toHaveCount(6);
  const agent = page.getByRole("table", { name: "Agents by decisions" }).getByRole("row").nth(1);
  await expect(agent).toContainText("Demo agent");
  await expect(agent.getByRole("cell")).toHaveText(["1", "2", "2", /./]);
});

test("What waits comes first, leads to its request, and goes when it is decided.", async ({
  page,
  server,
}) => {
  await signIn(page, server);
  await expect(page.getByText("Nothing waits.")).toBeVisible();
  const { approvalId } = await server.verify({ action: "deploy_production", vendor: "vercel.com" });
  await expect(page.getByRole("heading", { name: "Waiting for you: 1" })).toBeVisible();
  await page.getByRole("link", { name: /Demo agent.*deploy_production/ }).click();
  await expect(page).toHaveURL(`${server.url}/dashboard/approvals?approvalId=${String(approvalId)}`);
  await expect(page.getByRole("article")).toContainText("Demo agent wants to deploy_production");
  await page.goBack();
  await server.call("POST", `/api/dashboard/approvals/${String(approvalId)}/deny`, {});
  await expect(page.getByText("Nothing waits.")).toBeVisible();
});

test("The days that are shown can be chosen, and the address keeps them.", async ({ page, server }) => {
  await decideSome(server);
  await signIn(page, server);
  await page.getByRole("navigation", { name: "Days shown" }).getByRole("link", { name: "30 days" }).click();
  await expect(page).toHaveURL(/\?days=30$/);
  await page.getByText("As a table").click();
  await expect(page.getByRole("table", { name: "Decisions by day" }).getByRole("row")).toHaveCount(31);
});

test("The overview says of each webhook how it is.", async ({ page, server }) => {
  await server.call("POST", "/api/dashboard/webhooks", {
    url: "https://hooks.example.com/behalf",
    events: ["verification.denied"],
  });
  await signIn(page, server);
  const row = page.getByRole("table", { name: "Health of webhooks" }).getByRole("row").nth(1);
  await expect(row).toContainText("https://hooks.example.com/behalf");
  await expect(row).toContainText("Active");
});

test("The overview looks right on a phone and a desk, in both themes, empty and full.", async ({
  page,
  server,
}) => {
  test.setTimeout(180_000);
  await signIn(page, server);
  await expect(page.getByText("No decision in these days")).toBeVisible();
  await inspect(page, "overview-empty");
  await decideSome(server);
  await page.reload();
  await expect(page.getByText("As a table")).toBeVisible();
  await inspect(page, "overview");
});
