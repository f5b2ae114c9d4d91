// SPDX-License-Identifier: Apache-2.0
/** The pages of those who run the server, and that nobody else gets them. */
import { execFileSync } from "node:child_process";
import { createServer, type Server as Receiver } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Server } from "./support/server.ts";
import { expect, inspect, signIn, test, type Page } from "./support/test.ts";

const DUE = "UPDATE delivery SET next_attempt_at = 1 WHERE status = 'pending'";
const NOTICE = "UPDATE outbox_state SET version = version + 1";

/** Makes all waiting retries due now, as if their time had passed. */
function hurry(server: Server): void {
  const program = `import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=30)
with db:
    for statement in sys.argv[2:]: db.execute(statement)
db.close()`;
  execFileSync("/usr/bin/python3", ["-c", program, join(server.folder, "data", "behalf.db"), DUE, NOTICE]);
}

async function listen(isHealthy: () => boolean): Promise<{ receiver: Receiver; url: string }> {
  const receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(isHealthy() ? 204 : 500).end();
  });
  await new Promise<void>((ready) => receiver.listen(0, "127.0.0.1", ready));
  const { port } = receiver.address() as AddressInfo;
  return { receiver, url: `http://127.0.0.1:${port}/hook` };
}

async function openPart(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation", { name: "Parts of the server" }).getByRole("link", { name }).click();
}

test("An operator sees the server in numbers, its accounts, and what about its settings is risky.", async ({
  page,
  server,
}) => {
  test.slow();
  await server.verify({ action: "purchase", vendor: "coachella.com", amount: 10 });
  await server.verify({ action: "purchase", vendor: "coachella.com", amount: 10_000 });
  await signIn(page, server, server.owner, "/dashboard/operator");
  await expect(page.getByRole("heading", { name: "Decisions today (UTC)" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Allowed1");
  await expect(page.getByRole("main")).toContainText("Denied1");
  await inspect(page, "operator-counters");
  await openPart(page, "Accounts");
  await expect(page.getByRole("table", { name: "Accounts of this server" })).toContainText("acct_");
  await inspect(page, "operator-accounts");
  await openPart(page, "Settings");
  await expect(page.getByText("The server was started with demo data (--demo).")).toBeVisible();
  await expect(page.getByText("delivered at least once", { exact: false })).toBeVisible();
  await inspect(page, "operator-settings");
});

test("A dead letter is found in the queue, looked at, replayed, and delivered.", async ({ page }) => {
  test.slow();
  const server = await new Server().start(true, ["--allow-private-webhooks"]);
  let healthy = false;
  const { receiver, url } = await listen(() => healthy);
  try {
    await server.call("POST", "/api/dashboard/webhooks", {
      url,
      events: ["agent.disabled", "agent.enabled"],
    });
    await server.call("POST", `/api/dashboard/agents/${server.agentId}/disable`);
    const event = async () => (await server.call("GET", "/api/operator/webhook-events"))["events"][0];
    await expect
      .poll(
        async () => {
          hurry(server);
          return (await event())["deadLetter"];
        },
        { timeout: 30_000 },
      )
      .toBe(true);

    await signIn(page, server, server.owner, "/dashboard/operator/events");
    await page.getByLabel("State").selectOption("Dead letters");
    await expect(page).toHaveURL(/status=dead/);
    await page.getByLabel("Type").selectOption("agent.enabled");
    await expect(page.getByText("No such events")).toBeVisible();
    await page.getByLabel("Type").selectOption("agent.disabled");
    await expect(page.getByRole("row").filter({ hasText: "agent.disabled" })).toContainText("Dead letter");
    await inspect(page, "operator-queue");
    await page.getByRole("button", { name: /agent.disabled/ }).click();
    const detail = page.getByRole("dialog", { name: "Event" });
    await expect(detail.getByRole("listitem").filter({ hasText: "Attempt 5 of 5" })).toContainText(
      "HTTP 500",
    );
    await expect(detail.getByRole("region", { name: "Body" })).toContainText(server.agentId);
    await inspect(page, "operator-event");
    healthy = true;
    await detail.getByRole("button", { name: "Replay" }).click();
    await page.getByRole("button", { name: "Replay event" }).click();
    await expect.poll(async () => (await event())["status"]).toBe("completed");
    await page.keyboard.press("Escape");
    await page.getByLabel("State").selectOption("All events");
    await expect(page.getByRole("row").filter({ hasText: "agent.disabled" })).toContainText("Delivered");
  } finally {
    receiver.close();
    await server.stop();
  }
});

test("A new signing key signs from now on, and the one before stays published.", async ({ page, server }) => {
  await signIn(page, server, server.owner, "/dashboard/operator/signing-keys");
  const table = page.getByRole("table", { name: "Signing keys" });
  await expect(table.getByRole("row")).toHaveCount(2);
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make a new key" }).click();
  await expect(table.getByRole("row")).toHaveCount(3);
  await expect(table.getByRole("row").nth(1)).toContainText("Signs");
  await expect(table.getByRole("row").nth(2)).toContainText("Only verifies");
  await inspect(page, "operator-signing-keys");
});

test("Nobody but operators gets these pages, not even an owner, and by hand it is 403.", async ({
  page,
  server,
}) => {
  const owner = await server.person("owner");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await signIn(page, server, owner, "/dashboard");
  await expect(page.getByRole("link", { name: "Members" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Operator" })).toHaveCount(0);
  for (const part of ["", "/accounts", "/events", "/settings", "/signing-keys"]) {
    await page.goto(`${server.url}/dashboard/operator${part}`);
    await expect(page.getByText("Operator access required")).toBeVisible();
  }
  expect(asked.filter((path) => path.startsWith("/api/operator"))).toEqual([]);
  for (const path of ["summary", "accounts", "settings", "signing-keys", "webhook-events"]) {
    const answer = await server.tryCall("GET", `/api/operator/${path}`, undefined, owner);
    expect([path, answer.status, answer.body["error"]]).toEqual([path, 403, "Operator access required."]);
  }
  await inspect(page, "operator-refused");
});
