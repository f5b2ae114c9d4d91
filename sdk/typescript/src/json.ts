// SPDX-License-Identifier: Apache-2.0
import { BehalfIDConfigurationError } from "./errors.js";

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value as JSON. Throws BehalfIDConfigurationError for what JSON would drop or change without a word (functions,
 * NaN, infinite numbers), because then another question would be asked than the caller meant, and for what it cannot
 * hold.
 */
export function toJson(what: string, value: unknown): string {
  try {
    return JSON.stringify(value, (name, item: unknown) => {
      const kind = typeof item;
      if (kind === "function" || kind === "symbol" || (kind === "number" && !Number.isFinite(item))) {
        throw new TypeError(`${name || "value"} is ${kind === "number" ? "no finite number" : `a ${kind}`}`);
      }
      return item;
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : "no JSON";
    throw new BehalfIDConfigurationError(`${what} cannot be sent: ${why}`);
  }
}
