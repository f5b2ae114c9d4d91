// SPDX-License-Identifier: Apache-2.0
/** A slower browser and a slower way to the server: what a test takes for granted about the order of things shows then. */
import type { Page } from "@playwright/test";

/** So many times slower than this machine is. The limits of the tests grow by it. */
export const SLOWER = Number(process.env["BEHALF_BROWSER_SLOWER"] ?? "1");

const LATENCY_MS = 50; // of each request, for each time slower

export async function slowDown(page: Page): Promise<void> {
  if (SLOWER === 1) return;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await page.context().route("**", async (route) => {
    await new Promise((later) => setTimeout(later, LATENCY_MS * SLOWER));
    await route.continue().catch(() => undefined); // the page may be gone
  });
}
