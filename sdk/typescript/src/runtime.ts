// SPDX-License-Identifier: Apache-2.0
import { BehalfIDConfigurationError } from "./errors.js";

/**
 * Throws in a browser's page and in a browser's worker: what a page knows, everybody knows. There is no way around it,
 * with a key or without: the server answers no other origin.
 */
export function refuseBrowsers(): void {
  const here = globalThis as Record<string, unknown>;
  const page = typeof here["window"] === "object" && typeof here["document"] === "object";
  const worker = typeof here["importScripts"] === "function";
  if (page || worker) {
    throw new BehalfIDConfigurationError(
      "The SDK does not run in a browser: a key there is everybody's. Ask from your server.",
    );
  }
}
