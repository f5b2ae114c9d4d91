// SPDX-License-Identifier: Apache-2.0
/** The page of the log: filters, the endless list, details, export, deletion, and the chain behind it all. */
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addHostileAgent } from "./support/hostile.ts";
import { Server, type Json } from "./support/server.ts";
import { changeStore } from "./support/store.ts";
import { expect, inspect, signIn, test, type Page } from "./support/test.ts";

const SHOP = { action: "purchase", vendor: "coachella.com" };

function rows(page: Page) {
  return page
    .getByRole("table", { name: "Decisions, newest first" })
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader") });
}

function count(page: Page, name: string) {
  return page.getByText(name, { exact: true }).locator("..").getByRole("definition");
}

/** One of each: allowed, denied for its amount, denied for want of a permission, shadow; in two environments. */
async function decideSome(server: Server): Promise<Json[]> {
  return [
    await server.verify({ ...SHOP, amount: 20, metadata: { environment: "production" } }),
    await server.verify({ ...SHOP, amount: 900, metadata: { environment: "staging" } }),
    await server.verify({ action: "wipe_disk", vendor: "sda", metadata: { ticket: "T-17" } }),
    await server.verify({ ...SHOP, amount: 30, shadow: true }),
  ];
}

/** The command line finds the log complete and unaltered, and so does the page. */
async function expectChain(page: Page, server: Server): Promise<void> {
  const words = ["audit", "verify", "--data", join(server.folder, "data")];
  const { status, stdout, stderr } = await server.behalf(...words);
  expect(status, stdout + stderr).toBe(0);
  await expect(page.getByRole("region", { name: "Integrity of the log" })).toContainText("Chain verified");
}

test("Each filter narrows the list, and stands in the address so that it can be passed on.", async ({
  page,
  server,
}) => {
  await decideSome(server);
  const other = await addHostileAgent(server);
  await signIn(page, server, undefined, "/dashboard/logs");
  const all = 7;
  await expect(rows(page)).toHaveCount(all);
  const filter = page.getByRole("search", { name: "Filter the log" });

  await filter.getByLabel("Decision").selectOption("allowed");
  await expect(page).toHaveURL(/decision=allowed/);
  await expect(rows(page).filter({ hasNotText: "Allowed" })).toHaveCount(0);
  await expect(rows(page).first()).toBeVisible();
  await page.reload();
  await expect(filter.getByLabel("Decision")).toHaveValue("allowed");
  await filter.getByLabel("Decision").selectOption("approval_required");
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText("Approval required");
  await filter.getByRole("button", { name: "Clear filters" }).click();
  await expect(rows(page)).toHaveCount(all);

  await filter.getByLabel("Action").fill("wipe_disk");
  await expect(rows(page)).toHaveCount(1);
  await filter.getByLabel("Action").fill("");
  await expect(rows(page)).toHaveCount(all);
  await filter.getByLabel("Environment").fill("staging");
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText("Amount 900");
  await filter.getByLabel("Environment").fill("");
  await expect(rows(page)).toHaveCount(all);
  await filter.getByLabel("Calls").selectOption("Shadow only");
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText("(shadow)");
  await filter.getByLabel("Calls").selectOption("All calls");
  await filter.getByLabel("Agent").selectOption(other.agentId);
  await expect(rows(page)).toHaveCount(3);
  await filter.getByLabel("Agent").selectOption("All agents");
  await filter.getByLabel("Risk").selectOption("Low");
  await expect(rows(page).first()).toBeVisible();
  await expect(page.getByText("High risk", { exact: true }).filter({ visible: true })).toHaveCount(1);
  await filter.getByLabel("Risk").selectOption("Any risk");
  await filter.getByLabel("Search").fill("wipe_disk");
  await expect(rows(page)).toHaveCount(1);
  await filter.getByLabel("Search").fill("no such thing anywhere");
  await expect(page.getByText("No entry matches.")).toBeVisible();
  await inspect(page, "logs-none");
});

test("The time range leaves out what is older.", async ({ page, server }) => {
  await decideSome(server);
  await page.clock.install({ time: Date.now() + 25 * 3_600_000 });
  await signIn(page, server, undefined, "/dashboard/logs");
  await expect(rows(page)).toHaveCount(4);
  await page.getByLabel("Time").selectOption("Last 24 hours");
  await expect(page.getByText("No entry matches.")).toBeVisible();
  await page.getByLabel("Time").selectOption("Last 7 days");
  await expect(rows(page)).toHaveCount(4);
});

test("The list goes on past its first page, by scrolling and by its button, each entry once.", async ({
  page,
  server,
}) => {
  for (let amount = 1; amount <= 120; amount++) await server.verify({ ...SHOP, amount });
  await signIn(page, server, undefined, "/dashboard/logs");
  await expect(rows(page)).toHaveCount(50);
  await expect(count(page, "Entries")).toContainText("120");
  await rows(page).last().scrollIntoViewIfNeeded();
  await expect(rows(page)).toHaveCount(100);
  await page.getByRole("button", { name: "Show more" }).focus();
  await expect(rows(page)).toHaveCount(120);
  await expect(page.getByRole("button", { name: "Show more" })).toHaveCount(0);
  const amounts = (await rows(page).allTextContents()).map((text) => /Amount (\d+)/.exec(text)?.[1]);
  expect(amounts).toEqual(Array.from({ length: 120 }, (_, row) => String(120 - row)));
});

test("What is decided while the page is open is offered, and shown when it is asked for.", async ({
  page,
  server,
}) => {
  await server.verify({ ...SHOP, amount: 1 });
  await page.clock.install();
  await signIn(page, server, undefined, "/dashboard/logs");
  await expect(rows(page)).toHaveCount(1);
  await server.verify({ ...SHOP, amount: 2 });
  await page.clock.runFor(20_000);
  await page.getByRole("button", { name: "Show them" }).click();
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByText("There are newer entries.")).toHaveCount(0);
});

test("The details of an entry have an address, and each id leads to its thing.", async ({ page, server }) => {
  const hostile = await addHostileAgent(server);
  const asked = await server.verify(
    { action: "execute_command", vendor: "shell", policyContext: { toolInput: { command: "ls" } } },
    hostile.agentId,
    hostile.apiKey,
  );
  await signIn(page, server, undefined, "/dashboard/logs?decision=approval_required");
  await rows(page).first().getByRole("link").click();
  const drawer = page.getByRole("dialog", { name: "Decision" });
  await expect(drawer).toBeVisible();
  await expect(page).toHaveURL(/decision=approval_required&requestId=req_/);
  const { log } = await server.call("GET", `/api/dashboard/logs/${asked["requestId"]}`);
  const links = {
    [log["requestId"]]: `/dashboard/logs?requestId=${log["requestId"]}`,
    [log["agentId"]]: `/dashboard/agents/${log["agentId"]}`,
    [log["permissionId"]]:
      `/dashboard/agents/${log["agentId"]}/permissions?permissionId=${log["permissionId"]}`,
    [log["approvalId"]]: `/dashboard/approvals?approvalId=${log["approvalId"]}`,
  };
  for (const [id, address] of Object.entries(links)) {
    await expect(drawer.getByRole("link", { name: id, exact: true })).toHaveAttribute("href", address);
  }
  await inspect(page, "log-details");
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(page).toHaveURL(/\/dashboard\/logs\?decision=approval_required$/);
  await page.goto(`${server.url}/dashboard/logs?requestId=${asked["requestId"]}`);
  await expect(drawer.getByRole("link", { name: asked["requestId"] as string })).toBeVisible();
});

test("Metadata and hostile texts are shown as text.", async ({ page, server }) => {
  await addHostileAgent(server);
  await signIn(page, server, undefined, "/dashboard/logs");
  await expect(rows(page)).toHaveCount(3);
  await inspect(page, "logs");
  await rows(page).nth(1).getByRole("link").click();
  await expect(page.getByRole("region", { name: "Metadata of the request" })).toContainText("<img src=x");
  await inspect(page, "log-details-hostile");
});

test("An export holds exactly the entries of the list, filtered alike.", async ({ page, server }) => {
  for (let amount = 1; amount <= 60; amount++)
    await server.verify({ ...SHOP, amount, metadata: { environment: 'a "quoted"\nline' } });
  await decideSome(server);
  await signIn(page, server, undefined, "/dashboard/logs?action=purchase&decision=allowed");
  const listed = (await server.call("GET", "/api/dashboard/logs?action=purchase&decision=allowed&limit=500"))[
    "logs"
  ] as Json[];
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  expect(file.suggestedFilename()).toBe("behalfid-verification-logs.csv");
  const text = readFileSync(await file.path(), "utf8");
  expect(text.match(/req_[A-Za-z0-9_-]+/g)).toEqual(listed.map((row) => row["requestId"] as string));
  const dialog = page.getByRole("dialog", { name: "Export as CSV" });
  await expect(dialog.getByRole("status")).toHaveText(
    new RegExp(`^Saved ${listed.length} rows \\(${Math.round(Buffer.byteLength(text) / 1000)} kB\\)\\.$`),
  );
  await inspect(page, "log-export");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();
});

test("An export can be cancelled, and one that is cut off saves nothing and says so.", async ({
  page,
  server,
}) => {
  await decideSome(server);
  await signIn(page, server, undefined, "/dashboard/logs");
  const downloads: unknown[] = [];
  page.on("download", (download) => downloads.push(download));
  await page.route("**/api/dashboard/logs?*format=csv*", () => undefined); // never answered
  await page.getByRole("button", { name: "Export CSV" }).click();
  const dialog = page.getByRole("dialog", { name: "Export as CSV" });
  await expect(dialog.getByRole("progressbar", { name: "Export" })).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel the export" }).click();
  await expect(dialog).toBeHidden();
  await page.unroute("**/api/dashboard/logs?*format=csv*");
  await page.route("**/api/dashboard/logs?*format=csv*", (route) => route.abort("connectionreset"));
  await page.getByRole("button", { name: "Export CSV" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  expect(downloads).toEqual([]);
  await page.unroute("**/api/dashboard/logs?*format=csv*");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Try again" }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/\.csv$/);
});

test("One entry is deleted after the typed word, the others stay, and the chain holds.", async ({
  page,
  server,
}) => {
  await decideSome(server);
  await signIn(page, server, undefined, "/dashboard/logs");
  await rows(page).filter({ hasText: "wipe_disk" }).getByRole("link").click();
  await page.getByRole("button", { name: "Delete this entry" }).click();
  const question = page.getByRole("dialog", { name: "Delete this entry?" });
  await expect(question.getByRole("button", { name: "Delete entry" })).toBeDisabled();
  await question.getByLabel(/Type delete/).fill("Delete");
  await expect(question.getByRole("button", { name: "Delete entry" })).toBeDisabled();
  await inspect(page, "log-delete-one");
  await question.getByLabel(/Type delete/).fill("delete");
  await question.getByRole("button", { name: "Delete entry" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(page).filter({ hasText: "wipe_disk" })).toHaveCount(0);
  await expectChain(page, server);
});

test("The whole log is deleted after the typed words, and the deletion is on record.", async ({
  page,
  server,
}) => {
  await decideSome(server);
  await signIn(page, server, undefined, "/dashboard/logs");
  await page.getByRole("button", { name: "Delete all" }).click();
  const question = page.getByRole("dialog", { name: "Delete the whole log?" });
  await question.getByLabel(/Type delete all logs/).fill("delete all log");
  await expect(question.getByRole("button", { name: "Delete all entries" })).toBeDisabled();
  await question.getByLabel(/Type delete all logs/).fill("delete all logs");
  await question.getByRole("button", { name: "Delete all entries" }).click();
  await expect(page.getByText("The log is empty.")).toBeVisible();
  await inspect(page, "logs-empty");
  await page.getByRole("button", { name: "Deletions on record" }).click();
  const record = page.getByRole("dialog", { name: "Deletions on record" });
  await expect(record.getByRole("row", { name: /All entries: 4/ })).toBeVisible();
  await inspect(page, "log-deletions");
  await expectChain(page, server);
});

test("A log that was changed behind the server's back is shown as broken, with the entry.", async ({
  page,
  server,
}) => {
  const [decided] = await decideSome(server);
  await signIn(page, server, undefined, "/dashboard/logs");
  await expectChain(page, server);
  const copy = join(server.folder, "copy");
  cpSync(join(server.folder, "data"), copy, { recursive: true });
  await changeStore(copy, "UPDATE audit SET amount = 21 WHERE amount = 20");
  const restored = await new Server().start(false, ["--data", copy]);
  try {
    await signIn(page, restored, server.owner, "/dashboard/logs");
    const strip = page.getByRole("region", { name: "Integrity of the log" });
    await expect(strip.getByRole("alert")).toContainText("The chain of the log is broken.");
    await expect(strip.getByRole("link", { name: decided?.["requestId"] as string })).toBeVisible();
    await inspect(page, "logs-broken");
  } finally {
    await restored.stop();
  }
});

test("Who is no owner sees no deletion, and the server refuses one by hand.", async ({ page, server }) => {
  const [decided] = await decideSome(server);
  const admin = await server.person("admin");
  await signIn(page, server, admin, `/dashboard/logs?requestId=${decided?.["requestId"]}`);
  await expect(page.getByRole("dialog", { name: "Decision" })).toBeVisible();
  await expect(page.getByRole("button", { name: /Delete/ })).toHaveCount(0);
  const path = `/api/dashboard/logs/${decided?.["requestId"]}`;
  expect((await server.tryCall("DELETE", path, undefined, admin)).status).toBe(403);
  const all = { confirm: "delete all logs" };
  expect((await server.tryCall("DELETE", "/api/dashboard/logs", all, admin)).status).toBe(403);
});

test("A server that cannot answer leaves an error and a way to try again.", async ({ page, server }) => {
  await decideSome(server);
  await page.route("**/api/dashboard/logs?*", (route) =>
    route.fulfill({ status: 500, json: { error: "The store is away." } }),
  );
  await signIn(page, server, undefined, "/dashboard/logs");
  await expect(page.getByRole("alert")).toContainText("The store is away.");
  await inspect(page, "logs-failed");
  await page.unroute("**/api/dashboard/logs?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(rows(page)).toHaveCount(4);
});
