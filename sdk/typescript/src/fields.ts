// SPDX-License-Identifier: Apache-2.0
import { BehalfIDConfigurationError } from "./errors.js";
import { isObject, refusePolluted } from "./json.js";
import type { JsonObject } from "./json.js";

/** What a field may be, and how to say so. */
export interface Rule {
  readonly what: string;
  readonly holds: (value: unknown) => boolean;
}

export const TEXT: Rule = { what: "a text", holds: (value) => typeof value === "string" };
export const NUMBER: Rule = { what: "a finite number", holds: Number.isFinite };
export const TRUTH: Rule = { what: "true or false", holds: (value) => typeof value === "boolean" };
export const OBJECT: Rule = { what: "an object", holds: isObject };

/**
 * The fields that there are rules for, each read once, from the object or from its class; one that is undefined is left
 * out. Throws BehalfIDConfigurationError, with the field's name, where a rule does not hold, for a field that is not known
 * (of a plain object: a class may have members of its own), and for toJSON, which would write other words than these.
 */
export function readFields<Name extends string>(
  what: string,
  source: unknown,
  rules: Readonly<Record<Name, Rule>>,
): Partial<Record<Name, unknown>> {
  if (!isObject(source)) throw new BehalfIDConfigurationError(`${what} must be an object with an action.`);
  refusePolluted([...Object.keys(rules), "toJSON"]);
  if (typeof source["toJSON"] === "function") {
    throw new BehalfIDConfigurationError(`${what} must have no toJSON: its fields are what is asked.`);
  }
  if (isPlain(source)) {
    const unknown = Object.keys(source).find((name) => !Object.hasOwn(rules, name));
    if (unknown !== undefined) {
      throw new BehalfIDConfigurationError(`${what} has the field ${unknown}, which is not known.`);
    }
  }
  const fields: Partial<Record<Name, unknown>> = {};
  for (const [name, rule] of Object.entries<Rule>(rules)) {
    const value = source[name];
    if (value === undefined) continue;
    if (!rule.holds(value)) throw new BehalfIDConfigurationError(`${name} must be ${rule.what}.`);
    fields[name as Name] = value;
  }
  return fields;
}

/** No object of a class; it may be one of another realm. */
function isPlain(value: JsonObject): boolean {
  const parent = Object.getPrototypeOf(value) as object | null;
  return parent === null || Object.getPrototypeOf(parent) === null;
}
