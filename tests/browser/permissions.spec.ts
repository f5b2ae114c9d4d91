// SPDX-License-Identifier: Apache-2.0
/** Permissions: made of a template or freely, tried before they hold, replaced in one step, revoked. */
import type { Server } from "./support/server.ts";
import { expect, inspect, signIn, test, type Page } from "./support/test.ts";

async function openPermissions(page: Page, server: Server, query = ""): Promise<void> {
  await signIn(page, server, undefined, `/dashboard/agents/${server.agentId}/permissions${query}`);
}

function preview(page: Page) {
  return page
    .getByRole("region")
    .or(page.locator("section"))
    .filter({
      has: page.getByRole("heading", { name: "What would this allow?" }),
    });
}

async function permissionsOf(server: Server): Promise<Record<string, any>[]> {
  const view = await server.call("GET", `/api/dashboard/agents/${server.agentId}`);
  return view["permissions"] as Record<string, any>[];
}

test("A permission made of a template holds from the next request on.", async ({ page, server }) => {
  const email = { action: "send_email", vendor: "gmail.com" };
  expect(await server.verify(email)).toMatchObject({ allowed: false });
  await openPermissions(page, server);
  await inspect(page, "permissions");
  await page.getByRole("button", { name: "Add permission" }).click();
  await page.getByRole("combobox", { name: "Start from" }).selectOption("Send email");
  await expect(page.getByRole("combobox", { name: "Action", exact: true })).toHaveValue("send_email");
  await page.getByRole("checkbox", { name: "A person must approve each request" }).uncheck();
  await page.getByRole("button", { name: "7 days" }).click();
  await page.getByRole("button", { name: "Create permission" }).click();
  const card = page.getByRole("article", { name: "send_email on gmail.com" });
  await expect(card.getByText("Allows at once")).toBeVisible();
  expect(await server.verify(email)).toMatchObject({ allowed: true });
  const made = (await permissionsOf(server)).find((one) => one["action"] === "send_email");
  const days = (Date.parse(made?.["expiresAt"]) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(6.9);
  expect(days).toBeLessThan(7.1);
});

test("The fields follow the action, and what is set stays in sight.", async ({ page, server }) => {
  await openPermissions(page, server, "?edit=new");
  const action = page.getByRole("combobox", { name: "Action", exact: true });
  await action.fill("execute_command");
  await expect(page.getByRole("textbox", { name: "Denied commands" })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Allowed paths" })).toBeHidden();
  await action.fill("write_file");
  await expect(page.getByRole("textbox", { name: "Allowed paths" })).toBeVisible();
  await page.getByRole("textbox", { name: "Allowed paths" }).fill("/srv/app/**");
  await action.fill("purchase");
  await expect(page.getByRole("spinbutton", { name: "Highest amount" })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Allowed paths" })).toHaveValue("/srv/app/**");
});

test("A free permission with paths, tried before it is made, decides as the preview said.", async ({
  page,
  server,
}) => {
  await openPermissions(page, server, "?edit=new");
  await page.getByRole("button", { name: "Create permission" }).click();
  await expect(page.getByText("Name the action.")).toBeVisible();
  await page.getByRole("combobox", { name: "Action", exact: true }).fill("write_file");
  await page.getByRole("textbox", { name: "Resource", exact: true }).first().fill("filesystem");
  await page.getByRole("textbox", { name: "Allowed paths" }).fill("/srv/app/**");
  await page.getByRole("textbox", { name: "Denied paths" }).fill("**/.env");
  const samples = preview(page).getByRole("list", { name: "Sample requests" });
  const first = samples.getByRole("listitem", { name: "Request 1" });
  await expect(first.getByText("/srv/app/example")).toBeVisible();
  await expect(first.getByText("Changes")).toBeVisible();
  await expect(first.getByText("Allowed", { exact: true })).toBeVisible();
  const denied = samples.getByRole("listitem").filter({ hasText: ".env" });
  await expect(denied.getByText("The permission does not allow this path.")).toBeVisible();
  await inspect(page, "permission-editor");

  await first.getByRole("button", { name: "Change request 1" }).click();
  await first.getByRole("textbox", { name: "Path" }).fill("/etc/passwd");
  await expect(first.getByText("The permission does not allow this path.")).toBeVisible();
  await expect(first.getByText("No change")).toBeVisible();
  const before = await server.call("GET", `/api/dashboard/logs?agentId=${server.agentId}`);
  expect(before["logs"], "trying leaves no record").toEqual([]);

  await page.getByRole("button", { name: "Create permission" }).click();
  await expect(page.getByRole("article", { name: "write_file on filesystem" })).toBeVisible();
  const write = (filePath: string) =>
    server.verify({
      action: "write_file",
      vendor: "filesystem",
      policyContext: { toolInput: { filePath }, cwd: "/home/agent/project", home: "/home/agent" },
    });
  expect(await write("/srv/app/example")).toMatchObject({ allowed: true });
  expect(await write("/srv/app/.env")).toMatchObject({ allowed: false, reason: "path_not_permitted" });
});

test("A draft that takes a limit away is warned of, and the preview shows what it would let through.", async ({
  page,
  server,
}) => {
  await openPermissions(page, server, "?edit=new");
  await page.getByRole("combobox", { name: "Action", exact: true }).fill("purchase");
  await page.getByRole("textbox", { name: "Resource", exact: true }).first().fill("coachella.com");
  await page.getByRole("spinbutton", { name: "Highest amount" }).fill("5000");
  const warnings = preview(page).getByRole("list", { name: "Warnings" });
  await expect(warnings.getByText("Takes away a limit")).toBeVisible();
  const first = preview(page).getByRole("listitem", { name: "Request 1" });
  await expect(first.getByText("Changes")).toBeVisible();
  await inspect(page, "permission-warnings");
});

test("An edited permission takes the old one's place in one step.", async ({ page, server }) => {
  const dear = { action: "purchase", vendor: "coachella.com", amount: 900 };
  expect(await server.verify(dear)).toMatchObject({ allowed: false });
  await openPermissions(page, server);
  const card = page.getByRole("article", { name: "purchase on coachella.com" });
  await card.getByRole("button", { name: "Edit purchase on coachella.com", exact: true }).click();
  const amount = page.getByRole("spinbutton", { name: "Highest amount" });
  await expect(amount).toHaveValue("800");
  await amount.fill("1000");
  await expect(preview(page).getByRole("listitem", { name: "Request 1" }).getByText("Changes")).toBeVisible();
  await page.getByRole("button", { name: "Replace permission" }).click();
  await expect(page.getByText("Permission replaced.")).toBeVisible();
  await expect(card.getByText("1000")).toBeVisible();
  expect(await server.verify(dear)).toMatchObject({ allowed: true });
  const purchases = (await permissionsOf(server)).filter((one) => one["action"] === "purchase");
  expect(purchases.map((one) => one["status"]).sort()).toEqual(["active", "revoked"]);
  await page.getByText("Revoked and expired (1)").click();
  await expect(page.getByRole("article", { name: "purchase on coachella.com" })).toHaveCount(2);
});

test("A permission that was changed meanwhile is not replaced.", async ({ page, server }) => {
  await openPermissions(page, server);
  const card = page.getByRole("article", { name: "purchase on coachella.com" });
  await card.getByRole("button", { name: "Edit purchase on coachella.com", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Edit permission" })).toBeVisible();
  const old = (await permissionsOf(server)).find((one) => one["action"] === "purchase");
  await server.call(
    "POST",
    `/api/dashboard/agents/${server.agentId}/permissions/${old?.["permissionId"]}/revoke`,
  );
  await page.getByRole("button", { name: "Replace permission" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  const active = (await permissionsOf(server)).filter((one) => one["status"] === "active");
  expect(active.map((one) => one["action"])).not.toContain("purchase");
});

test("A revoked permission denies the next request, and only after a confirmation.", async ({
  page,
  server,
}) => {
  const purchase = { action: "purchase", vendor: "coachella.com", amount: 100 };
  await openPermissions(page, server);
  const card = page.getByRole("article", { name: "purchase on coachella.com" });
  await card.getByRole("button", { name: "Revoke purchase on coachella.com", exact: true }).click();
  await page.keyboard.press("Escape");
  expect(await server.verify(purchase)).toMatchObject({ allowed: true });
  await card.getByRole("button", { name: "Revoke purchase on coachella.com", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke permission" }).click();
  await expect(page.getByText("Revoked and expired (1)")).toBeVisible();
  expect(await server.verify(purchase)).toMatchObject({
    allowed: false,
    reason: "Permission has been revoked.",
  });
});

test("The focus follows the editing: the form, the changed card, or the button again.", async ({
  page,
  server,
}) => {
  await openPermissions(page, server);
  const add = page.getByRole("button", { name: "Add permission" });
  await add.press("Enter");
  await expect(page.getByText("New permission", { exact: true })).toBeFocused();
  await page.getByRole("button", { name: "Cancel" }).press("Enter");
  await expect(add).toBeFocused();
  const purchase = page.getByRole("article", { name: "purchase on coachella.com" });
  await purchase.getByRole("button", { name: "Edit" }).press("Enter");
  await expect(page.getByText("Edit permission", { exact: true })).toBeFocused();
  await page.getByRole("button", { name: "Replace permission" }).press("Enter");
  await expect(purchase.first()).toBeFocused();
  await purchase.getByRole("button", { name: "Revoke" }).press("Enter");
  await expect(page.getByRole("dialog").getByRole("button", { name: "Cancel" })).toBeFocused();
});

test("On a phone the warnings are told above the button, which leads to them.", async ({ page, server }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openPermissions(page, server, "?edit=new");
  await page.getByRole("combobox", { name: "Action", exact: true }).fill("purchase");
  await page.getByRole("textbox", { name: "Resource", exact: true }).first().fill("coachella.com");
  await expect(page.getByText("2 warnings", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Read them" }).click();
  await expect(page.getByRole("list", { name: "Warnings" })).toBeFocused();
});
