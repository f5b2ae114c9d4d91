// SPDX-License-Identifier: Apache-2.0
/** The pages of webhooks, against a receiver that is up, down and up again. */
import { Server, type Json } from "./support/server.ts";
import { isSigned, letDie, Receiver } from "./support/receiver.ts";
import { expect, inspect, signIn, test as base, type Page } from "./support/test.ts";

interface Ground {
  receiver: Receiver;
}

/** The server may send to this machine. */
const test = base.extend<Ground>({
  server: async ({}, use) => {
    const server = await new Server().start(true, ["--allow-private-webhooks"]);
    await use(server);
    await server.stop();
  },
  receiver: async ({}, use) => {
    const receiver = await new Receiver().start();
    await use(receiver);
    await receiver.stop();
  },
});

async function addEndpoint(server: Server, url: string, events: string[]): Promise<Json> {
  return server.call("POST", "/api/dashboard/webhooks", { url, events });
}

async function deny(server: Server): Promise<void> {
  await server.verify({ action: "wipe_disk", vendor: "sda" });
}

function deliveries(page: Page) {
  return page
    .getByRole("table", { name: "The newest 50 attempts" })
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader") });
}

test("An endpoint is added with the events that were chosen, and its secret is shown once and never again.", async ({
  page,
  server,
  receiver,
}) => {
  const answers: string[] = [];
  await signIn(page, server, undefined, "/dashboard/webhooks");
  await expect(page.getByText("No endpoints yet.")).toBeVisible();
  await inspect(page, "webhooks-empty");
  await page.getByRole("button", { name: "Add endpoint" }).click();
  const form = page.getByRole("dialog", { name: "Add an endpoint" });
  await form.getByRole("button", { name: "Add endpoint" }).click();
  await expect(form.getByRole("alert")).toHaveText("url is required.");
  await form.getByLabel("Address").fill(receiver.url);
  await form.getByLabel("verification.denied").uncheck();
  await form.getByLabel("approval.requested").uncheck();
  await form.getByRole("button", { name: "Add endpoint" }).click();
  await expect(form.getByRole("alert")).toHaveText("Choose at least one event.");
  await form.getByRole("button", { name: "All of Decisions" }).click();
  await form.getByLabel("verification.allowed").uncheck();
  await inspect(page, "webhook-add");
  await form.getByRole("button", { name: "Add endpoint" }).click();

  const shown = page.getByRole("dialog", { name: "Signing secret" });
  const secret = (await shown.getByRole("code").textContent()) ?? "";
  expect(secret).toMatch(/^whsec_.{20,}/);
  await shown.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);

  page.on("response", async (response) => {
    if (response.url().includes("/api/")) answers.push(await response.text().catch(() => ""));
  });
  await page.getByRole("link", { name: receiver.url }).click();
  for (const event of ["verification.denied", "verification.approval_required", "verification.shadow"])
    await expect(page.getByText(event, { exact: true })).toBeVisible();
  await expect(page.getByText("verification.allowed", { exact: true })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: receiver.url })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("table", { name: "Webhook endpoints" })).toBeVisible();
  expect(await page.content()).not.toContain(secret);
  expect(answers.join("")).not.toContain(secret);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(kept).not.toContain(secret);
  expect(page.url()).not.toContain(secret);

  await server.verify({ action: "purchase", vendor: "coachella.com", amount: 1 });
  await deny(server);
  await expect.poll(() => receiver.received.length).toBe(1);
  expect(receiver.received[0]?.event["type"]).toBe("verification.denied");
  expect(receiver.received.every((one) => isSigned(one, secret))).toBe(true);
});

test("A test event reaches the receiver, and the attempt appears by itself.", async ({
  page,
  server,
  receiver,
}) => {
  const { webhook } = await addEndpoint(server, receiver.url, ["agent.created"]);
  await signIn(page, server, undefined, `/dashboard/webhooks/${webhook["webhookId"]}`);
  await expect(page.getByText("Nothing was sent yet.")).toBeVisible();
  await page.getByRole("button", { name: "Send test event" }).click();
  await expect(deliveries(page)).toHaveCount(1);
  await expect(deliveries(page)).toContainText(["webhook.test"]);
  await expect(deliveries(page)).toContainText(["Delivered (HTTP 200)"]);
  expect(receiver.ofType("webhook.test")).toHaveLength(1);
  await inspect(page, "webhook");
});

test("A failure, its next attempt, the dead letter and its replay are shown as they happen.", async ({
  page,
  server,
  receiver,
}) => {
  receiver.status = 503;
  const { webhook } = await addEndpoint(server, receiver.url, ["verification.denied"]);
  await signIn(page, server, undefined, `/dashboard/webhooks/${webhook["webhookId"]}`);
  await deny(server);
  const first = deliveries(page).filter({ hasText: "1 of 5" });
  await expect(first).toContainText("Failed (HTTP 503)");
  await expect(first).toContainText("Endpoint returned HTTP 503.");
  await expect(deliveries(page).first()).toContainText("in a moment");
  await expect(page.getByText("Failing", { exact: true })).toBeVisible();
  await inspect(page, "webhook-failing");

  await letDie(server);
  const last = deliveries(page).filter({ hasText: "5 of 5" });
  await expect(last).toContainText("none left: replay it");
  await last.getByRole("link").click();
  const event = page.getByRole("dialog", { name: "Event" });
  await expect(event.getByText("Dead letter", { exact: true })).toBeVisible();
  await expect(event.getByRole("region", { name: "Body" })).toContainText('"action": "wipe_disk"');
  await inspect(page, "webhook-event-dead");

  receiver.status = 200;
  const before = receiver.received.length;
  await event.getByRole("button", { name: "Replay this event" }).click();
  await expect(event.getByText("Delivered", { exact: true })).toBeVisible();
  await expect(event.getByRole("button", { name: "Replay this event" })).toHaveCount(0);
  expect(receiver.received).toHaveLength(before + 1);
  const ids = new Set(receiver.received.map((one) => one.event["eventId"] as string));
  expect(ids.size).toBe(1);
});

test("All dead letters are found by their state and replayed at once, at one endpoint or at all.", async ({
  page,
  server,
  receiver,
}) => {
  receiver.status = 500;
  const { webhook } = await addEndpoint(server, receiver.url, ["verification.denied"]);
  for (let time = 0; time < 3; time++) await deny(server);
  await letDie(server);
  await signIn(page, server, undefined, "/dashboard/webhooks/events");
  await page.getByLabel("State").selectOption("Dead letters");
  await expect(page).toHaveURL(/show=dead/);
  const dead = page
    .getByRole("table", { name: "Events, newest first" })
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader") });
  await expect(dead).toHaveCount(3);
  await inspect(page, "webhook-events-dead");

  receiver.status = 200;
  await page.getByRole("button", { name: "Replay all dead letters" }).click();
  await page.getByRole("button", { name: "Replay all", exact: true }).click();
  await expect(page.getByText("3 events are sent again.")).toBeVisible();
  await expect(page.getByText("No event matches.")).toBeVisible();
  await page.getByLabel("State").selectOption("Delivered");
  await expect(dead).toHaveCount(3, { timeout: 30_000 }); // the list is asked for every ten seconds

  receiver.status = 500;
  await deny(server);
  await letDie(server);
  receiver.status = 200;
  await page.goto(`${server.url}/dashboard/webhooks/${webhook["webhookId"]}`);
  await expect(page.getByText("none left: replay it")).toHaveCount(4);
  await page.getByRole("button", { name: "Replay dead letters" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Replay", exact: true }).click();
  await expect(page.getByText("1 event is sent again.")).toBeVisible();
  await expect(deliveries(page).first()).toContainText("Delivered (HTTP 200)");
});

test("After a rotation both secrets sign, the new one is shown once, and the page says until when.", async ({
  page,
  server,
  receiver,
}) => {
  const made = await addEndpoint(server, receiver.url, ["verification.denied"]);
  await signIn(page, server, undefined, `/dashboard/webhooks/${made["webhook"]["webhookId"]}`);
  await page.getByRole("button", { name: "Rotate secret" }).click();
  const question = page.getByRole("dialog", { name: "Rotate the signing secret?" });
  await inspect(page, "webhook-rotate");
  await question.getByRole("button", { name: "Rotate secret" }).click();
  const shown = page.getByRole("dialog", { name: "Signing secret" });
  const secret = (await shown.getByRole("code").textContent()) ?? "";
  expect(secret).not.toBe(made["secret"]);
  await inspect(page, "webhook-secret");
  await shown.getByRole("button", { name: "I have copied it" }).click();
  await expect(shown).toBeHidden();
  await expect(page.getByText("Two secrets sign:")).toBeVisible();
  expect(await page.content()).not.toContain(secret);
  await page.getByRole("button", { name: "Send test event" }).click();
  await expect.poll(() => receiver.received.length).toBe(1);
  const [one] = receiver.received;
  if (one === undefined) throw new Error("nothing was received");
  expect(isSigned(one, secret)).toBe(true);
  expect(isSigned(one, made["secret"] as string, "signature-previous")).toBe(true);
});

test("An endpoint is edited, disabled, enabled and deleted.", async ({ page, server, receiver }) => {
  const { webhook } = await addEndpoint(server, receiver.url, ["agent.created", "verification.denied"]);
  await signIn(page, server, undefined, `/dashboard/webhooks/${webhook["webhookId"]}`);
  await page.getByRole("button", { name: "Edit" }).click();
  const form = page.getByRole("dialog", { name: "Edit the endpoint" });
  await form.getByLabel("agent.created").uncheck();
  await form.getByLabel("permission.revoked").check();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByText("permission.revoked", { exact: true })).toBeVisible();
  await expect(page.getByText("agent.created", { exact: true })).toHaveCount(0);

  await page.getByRole("button", { name: "Disable endpoint" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable endpoint" }).click();
  await expect(page.getByText("Disabled", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Send test event" })).toBeDisabled();
  await page.getByRole("button", { name: "Enable endpoint" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Enable endpoint" }).click();
  await expect(page.getByText("Active", { exact: true })).toBeVisible();

  await page.getByRole("button", { name: "Delete endpoint" }).click();
  const question = page.getByRole("dialog", { name: "Delete this endpoint?" });
  await expect(question.getByRole("button", { name: "Delete endpoint" })).toBeDisabled();
  await question.getByLabel(/Type delete/).fill("delete");
  await question.getByRole("button", { name: "Delete endpoint" }).click();
  await expect(page).toHaveURL(/\/dashboard\/webhooks$/);
  await expect(page.getByText("No endpoints yet.")).toBeVisible();
});

test("Who may not manage sees the endpoints without anything to change, and is refused by hand.", async ({
  page,
  server,
  receiver,
}) => {
  const { webhook } = await addEndpoint(server, receiver.url, ["verification.denied"]);
  const viewer = await server.person("viewer");
  await signIn(page, server, viewer, `/dashboard/webhooks/${webhook["webhookId"]}`);
  await expect(page.getByRole("heading", { name: "Deliveries" })).toBeVisible();
  for (const name of [/Edit/, /Send test/, /Replay/, /Rotate/, /Delete/, /Disable/])
    await expect(page.getByRole("button", { name })).toHaveCount(0);
  await page.goto(`${server.url}/dashboard/webhooks`);
  await expect(page.getByRole("link", { name: receiver.url })).toBeVisible();
  await expect(page.getByRole("button", { name: "Add endpoint" })).toHaveCount(0);
  await inspect(page, "webhooks");
  const path = `/api/dashboard/webhooks/${webhook["webhookId"]}/rotate-secret`;
  expect((await server.tryCall("POST", path, {}, viewer)).status).toBe(403);
});
