// SPDX-License-Identifier: Apache-2.0
/** What tells of a request while nobody looks at the page. In the whole browser: the headless shell shows no notices. */
import type { Page } from "@playwright/test";
import { WHOLE_BROWSER } from "./support/browsers.ts";
import { expect, signIn, test } from "./support/test.ts";

test.use({ launchOptions: WHOLE_BROWSER });

/** What the browser shows of requests, as its service worker knows it. */
async function shownRequests(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const worker = await navigator.serviceWorker.getRegistration();
    return ((await worker?.getNotifications()) ?? []).map((one) => one.title);
  });
}

/** The number on the icon: browsers show it, and tell nobody. */
async function watchBadge(page: Page): Promise<() => Promise<number | undefined>> {
  await page.addInitScript(() => {
    Object.assign(navigator, {
      setAppBadge: async (count: number) => Object.assign(window, { badge: count }),
      clearAppBadge: async () => Object.assign(window, { badge: 0 }),
    });
  });
  return () => page.evaluate(() => (window as { badge?: number }).badge);
}

test("Notifications and the badge tell of what waits, and go with the session.", async ({
  page,
  context,
  server,
}) => {
  await context.grantPermissions(["notifications"], { origin: server.url });
  const badge = await watchBadge(page);
  await signIn(page, server, undefined, "/dashboard/approvals");
  await page.getByRole("button", { name: "Notify me here" }).click();
  await expect(page.getByRole("button", { name: "Stop notifications" })).toBeVisible();
  await expect.poll(badge, "the first list is there, and is no news").toBe(0);
  // Whoever looks at the page is not notified as well.
  await page.evaluate(() => Object.defineProperty(document, "hasFocus", { value: () => false }));
  await server.verify({ action: "deploy_production", vendor: "vercel.com" });
  await expect.poll(() => shownRequests(page)).toEqual([expect.stringContaining("waits for you")]);
  await expect.poll(badge).toBe(1);
  await page.getByRole("link", { name: "Documentation" }).click();
  await expect(page).toHaveURL(/\/docs$/);
  expect(await shownRequests(page), "it still waits while one reads").toHaveLength(1);
  await page.getByRole("link", { name: "Dashboard", exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  await expect.poll(() => shownRequests(page)).toEqual([]);
  expect(await badge()).toBe(0);
});
