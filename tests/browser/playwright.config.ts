// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "@playwright/test";
import { HEADLESS_SHELL } from "./support/browsers.ts";
import { SLOWER } from "./support/slower.ts";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "results/traces",
  fullyParallel: true,
  workers: 2,
  timeout: 60_000 * SLOWER,
  expect: { timeout: 10_000 * SLOWER },
  forbidOnly: true,
  reporter: [["line"], ["json", { outputFile: "results/report.json" }]],
  use: {
    screenshot: "only-on-failure", // a trace costs a fifth of the time: --trace retain-on-failure, when it is wanted
    viewport: { width: 1440, height: 900 },
    launchOptions: HEADLESS_SHELL,
  },
});
