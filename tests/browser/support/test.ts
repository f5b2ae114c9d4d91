// SPDX-License-Identifier: Apache-2.0
/** The tests' ground: a server for each test, a page that fails the test when it breaks, and a look at each page. */
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Server, SESSION_COOKIE, type Credentials } from "./server.ts";
import { slowDown } from "./slower.ts";

const RESULTS = resolve(fileURLToPath(import.meta.url), "../../results");
const SIZES = [
  { name: "phone", width: 360, height: 740 },
  { name: "desk", width: 1440, height: 900 },
] as const;
const THEMES = ["light", "dark"] as const;

interface Ground {
  /** A fresh server with the demo's data. */
  server: Server;
  /** A fresh server that nobody has set up. */
  fresh: Server;
}

export const test = base.extend<Ground>({
  server: async ({}, use) => {
    const server = await new Server().start(true);
    await use(server);
    await server.stop();
  },
  fresh: async ({}, use) => {
    const server = await new Server().start(false);
    await use(server);
    await server.stop();
  },
  /** Errors of scripts and refusals of the policy fail the test; so does a hostile text that ran. */
  page: async ({ page }, use) => {
    await slowDown(page);
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        problems.push(message.text());
    });
    const broken: string[] = [];
    // Told from every document, not only from the last one.
    await page.exposeFunction("tellBroken", (address: string) => void broken.push(address));
    await page.addInitScript(() => {
      Object.defineProperty(window, "__broken", {
        set: () =>
          void (window as unknown as { tellBroken: (address: string) => void }).tellBroken(location.href),
      });
    });
    await use(page);
    expect(broken, "a hostile text ran as script").toEqual([]);
    expect(problems, "errors of the page").toEqual([]);
  },
});

export { expect };
export type { Page };

/** Gives the browser a session (of the owner unless told) and opens the path. */
export async function signIn(
  page: Page,
  server: Server,
  who?: Credentials,
  path = "/dashboard",
): Promise<void> {
  const value = await server.session(who ?? server.owner);
  await page
    .context()
    .addCookies([{ name: SESSION_COOKIE, value, url: server.url, httpOnly: true, sameSite: "Lax" }]);
  await page.goto(server.url + path);
}

async function expectAccessible(page: Page, when: string): Promise<void> {
  const found = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const said = found.violations.map(
    (one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" | ")}`,
  );
  expect(said, `accessibility, ${when}`).toEqual([]);
}

/** Two frames: the picture is of the colours that were chosen, not of those before. */
async function repainted(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))),
  );
}

/**
 * Looks at the page as it is now: no accessibility violation in either theme, nothing wider than a phone, and
 * pictures of it in results/ (both sizes, both themes).
 */
export async function inspect(page: Page, name: string): Promise<void> {
  mkdirSync(RESULTS, { recursive: true });
  const before = page.viewportSize();
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await repainted(page);
      await page.screenshot({ path: join(RESULTS, `${name}-${size.name}-${theme}.png`), fullPage: true });
      if (size.name === "desk" || theme === "light")
        await expectAccessible(page, `${name}, ${size.name}, ${theme}`);
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, `${name}: nothing is wider than the window (${size.name})`).toBeLessThanOrEqual(size.width);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (before !== null) await page.setViewportSize(before);
}
