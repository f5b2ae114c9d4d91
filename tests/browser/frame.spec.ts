// SPDX-License-Identifier: Apache-2.0
/** The frame around the pages: who may come in, the menu on a phone, themes, unknown addresses. */
import { expect, inspect, signIn, test } from "./support/test.ts";

test("Who is not signed in comes to the sign-in page, which knows where to go on.", async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/dashboard/logs?decision=denied`);
  await expect(page).toHaveURL(/\/login\?next=%2Fdashboard%2Flogs%3Fdecision%3Ddenied$/);
});

test("The menu leads everywhere, on a phone too, and by keyboard.", async ({ page, server }) => {
  await signIn(page, server);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole("button", { name: "Menu" }).press("Enter");
  const menu = page.getByRole("dialog", { name: "Menu" });
  await expect(menu).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await page.getByRole("button", { name: "Menu" }).click();
  await menu.getByRole("link", { name: "Members" }).click();
  await expect(page).toHaveURL(/\/dashboard\/members$/);
  await expect(menu).toBeHidden();
});

test("The chosen theme stays after a reload.", async ({ page, server }) => {
  await signIn(page, server);
  const theme = () => page.evaluate(() => document.documentElement.dataset["theme"]);
  await page.getByRole("button", { name: "Theme: system. Change to light." }).click();
  await page.getByRole("button", { name: "Theme: light. Change to dark." }).click();
  await expect.poll(theme).toBe("dark");
  await page.reload();
  await expect.poll(theme).toBe("dark");
});

test("Something is on the screen before the scripts have come.", async ({ page, server }) => {
  await page.route("**/*.js", () => new Promise(() => undefined)); // they never come
  await page.goto(`${server.url}/`, { waitUntil: "commit" });
  await expect(page.getByText("BehalfID", { exact: true })).toBeVisible();
});

test("An address that is none says so.", async ({ page, server }) => {
  const answer = await page.goto(`${server.url}/nothing/here`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await inspect(page, "not-found");
});
