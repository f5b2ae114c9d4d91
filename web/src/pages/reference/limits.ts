// SPDX-License-Identifier: Apache-2.0
/** What a schema says about a value, in words. */
import type { Schema } from "./openapi.ts";

const MOST_CHOICES = 40;

function named(value: unknown): string {
  return typeof value === "string" ? `\`${value}\`` : `\`${JSON.stringify(value)}\``;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** "1 to 80 characters", "at most 100 items", "at least 0"; nothing where nothing is said. */
function range(low: number | undefined, high: number | undefined, unit = ""): string[] {
  const behind = unit === "" ? "" : ` ${unit}`;
  if (low !== undefined && high !== undefined)
    return [low === high ? `exactly ${number(low)}${behind}` : `${number(low)} to ${number(high)}${behind}`];
  if (high !== undefined) return [`at most ${number(high)}${behind}`];
  if (low !== undefined && !(unit === "characters" && low <= 1)) return [`at least ${number(low)}${behind}`];
  return low === undefined ? [] : ["not empty"];
}

function baseType(schema: Schema): string {
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type ?? ""]).filter(
    (type) => type !== "null",
  );
  if (schema.type === "null") return "null";
  if (schema.format === "date-time") return "time";
  if (schema.format === "date") return "date";
  if (types.length === 0 || types[0] === "") return "anything";
  return types.join(" or ");
}

/** "string or null", "array of objects". `items` is the schema of an array's items. */
export function typeOf(schema: Schema, nullable: boolean, items?: Schema): string {
  const base = baseType(schema);
  const whole = base === "array" && items !== undefined ? `array of ${baseType(items)}s` : base;
  return nullable
    ? `${whole.replace("anythings", "anything")} or null`
    : whole.replace("anythings", "anything");
}

function choices(schema: Schema): string[] {
  const values = (schema.enum ?? []).filter((value) => value !== null);
  if (schema.const !== undefined) return [`always ${named(schema.const)}`];
  if (values.length === 0) return [];
  if (values.length === 1) return [`only ${named(values[0])}`];
  const shown = values.slice(0, MOST_CHOICES).map(named).join(", ");
  return [`one of ${shown}${values.length > MOST_CHOICES ? ", ..." : ""}`];
}

/** Ids and keys are told by how they begin; other patterns are shown as they are, but for those of times. */
function form(schema: Schema): string[] {
  const { pattern } = schema;
  if (pattern === undefined || schema.format === "date-time") return [];
  const prefix = /^\^([a-z]+_(?:[a-z]+_)?)(?:$|\[)/.exec(pattern)?.[1];
  return [prefix === undefined ? `matches \`${pattern}\`` : `begins with \`${prefix}\``];
}

function own(schema: Schema): string[] {
  const several = schema.minProperties;
  return [
    ...choices(schema),
    ...form(schema),
    ...range(schema.minLength, schema.maxLength, "characters"),
    ...range(schema.minimum, schema.maximum),
    ...range(schema.minItems, schema.maxItems, "items"),
    ...(several === undefined
      ? []
      : [several === 1 ? "at least one of its members" : `at least ${several} members`]),
    ...(schema.additionalProperties === true ? ["any members"] : []),
  ];
}

/** All limits of a value; those of an array's items follow behind "each". */
export function limitsOf(schema: Schema, items?: Schema): string[] {
  const ofItems = items === undefined || items.properties !== undefined ? [] : own(items);
  return [
    ...own(schema),
    ...ofItems.map((limit) => `each ${limit}`),
    ...(schema.default === undefined ? [] : [`${named(schema.default)} unless told`]),
  ];
}
