// SPDX-License-Identifier: Apache-2.0
import { BehalfIDConfigurationError } from "./errors.js";

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Throws when one of these names stands in the prototype of all objects: everybody who leaves it out would have said it.
 */
export function refusePolluted(names: readonly string[]): void {
  const name = names.find((one) => one in Object.prototype);
  if (name !== undefined) {
    throw new BehalfIDConfigurationError(
      `Object.prototype.${name} has been set, so every object has it: find out who did that. Nothing is asked.`,
    );
  }
}

/** What it holds itself, and not by the prototype of all objects. */
export function ownMembers(value: JsonObject): JsonObject {
  return Object.assign(Object.create(null) as JsonObject, value);
}

/**
 * The value as JSON. Throws BehalfIDConfigurationError for what JSON would drop or change without a word (functions,
 * NaN, infinite numbers, gaps in lists, maps, sets and other objects that keep their content elsewhere), because then
 * another question would be asked than the caller meant, and for what it cannot hold. What has a toJSON, such as a Date,
 * is what that gives.
 */
export function toJson(what: string, value: unknown): string {
  try {
    return JSON.stringify(value, function (this: unknown, name, item: unknown) {
      const problem = problemOf(item, this, name);
      if (problem !== undefined) throw new TypeError(`${name || "value"} is ${problem}`);
      return item;
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : "no JSON";
    throw new BehalfIDConfigurationError(`${what} cannot be sent: ${why}`);
  }
}

function problemOf(item: unknown, holder: unknown, name: string): string | undefined {
  const kind = typeof item;
  if (item === null && (holder as JsonObject)[name] instanceof Date) return "no valid date";
  if (kind === "function" || kind === "symbol") return `a ${kind}`;
  if (kind === "number" && !Number.isFinite(item)) return "no finite number";
  if (kind === "undefined" && Array.isArray(holder)) return "undefined, in a list";
  if (kind !== "object" || item === null || Array.isArray(item)) return undefined;
  const tag = Object.prototype.toString.call(item);
  return tag === "[object Object]" ? undefined : `${tag.slice(1, -1)}, no plain object`;
}
