// SPDX-License-Identifier: Apache-2.0
/** The two builds of Chromium that the tests start. */
import type { LaunchOptions } from "@playwright/test";

function chromium(executablePath: string): LaunchOptions {
  return {
    executablePath,
    args: [
      "--no-sandbox", // containers run as root; the pages are our own
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  };
}

/** For most tests: two thirds of the processor's time of the whole browser. */
export const HEADLESS_SHELL = chromium(process.env["HEADLESS_SHELL"] ?? "/usr/bin/chromium-headless-shell");

/** For what only a browser with a user interface has. */
export const WHOLE_BROWSER = chromium(process.env["CHROMIUM"] ?? "/usr/bin/chromium");
