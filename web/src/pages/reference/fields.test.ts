// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import openApi from "virtual:openapi";
import { fieldLists, parameterField, type Field } from "./fields.ts";
import type { OpenApi, Schema } from "./openapi.ts";

const SCHEMAS: Record<string, Schema> = {
  Time: { type: "string", format: "date-time", pattern: "^\\d" },
  Id: { type: "string", pattern: "^agent_[A-Za-z0-9_-]+$" },
  Agent: {
    type: "object",
    required: ["agentId"],
    properties: { agentId: { $ref: "#/components/schemas/Id" }, seen: { $ref: "#/components/schemas/Time" } },
  },
};

const DOCUMENT: OpenApi = {
  info: { title: "Test", version: "1" },
  tags: [],
  paths: {},
  components: { schemas: SCHEMAS },
};

function fieldsOf(schema: Schema): Field[] {
  return fieldLists(DOCUMENT, schema).flatMap((list) => list.fields);
}

test("Members of objects, of lists and behind references stand under their whole names.", () => {
  const fields = fieldsOf({
    type: "object",
    required: ["agents"],
    properties: {
      agents: { type: "array", items: { $ref: "#/components/schemas/Agent" }, maxItems: 5 },
      page: { type: "object", properties: { limit: { type: "integer", minimum: 1, maximum: 100 } } },
    },
  });
  expect(fields.map(({ name, type, required }) => [name, type, required])).toEqual([
    ["agents", "array of objects", true],
    ["agents[].agentId", "string", true],
    ["agents[].seen", "time", false],
    ["page", "object", false],
    ["page.limit", "integer", false],
  ]);
  expect(fields[0]?.limits).toEqual(["at most 5 items"]);
  expect(fields[1]?.limits).toEqual(["begins with `agent_`"]);
  expect(fields[2]?.limits).toEqual([]);
  expect(fields[4]?.limits).toEqual(["1 to 100"]);
});

test("What may be null says so, whether by its type or as one of two forms, and keeps its members.", () => {
  const fields = fieldsOf({
    type: "object",
    properties: {
      name: { type: ["string", "null"], maxLength: 120 },
      agent: {
        description: "Whose it is.",
        anyOf: [{ $ref: "#/components/schemas/Agent" }, { type: "null" }],
      },
      nothing: { type: "null" },
    },
  });
  expect(fields.map(({ name, type }) => `${name}: ${type}`)).toEqual([
    "name: string or null",
    "agent: object or null",
    "agent.agentId: string",
    "agent.seen: time",
    "nothing: null",
  ]);
  expect(fields[1]?.description).toBe("Whose it is.");
});

test("Limits are words: lengths, choices, defaults, constants, and those of a list's items.", () => {
  const limits = fieldsOf({
    type: "object",
    properties: {
      text: { type: "string", minLength: 1, maxLength: 2000 },
      role: { type: ["string", "null"], enum: ["viewer", "owner", null], default: "viewer" },
      ok: { type: "boolean", const: true },
      list: { type: "array", items: { type: "string", minLength: 1, maxLength: 80 }, minItems: 1 },
      any: { type: "object", additionalProperties: true },
      some: { type: "number", minimum: 0 },
      word: { type: "string", minLength: 1 },
    },
  }).map((field) => field.limits);
  expect(limits).toEqual([
    ["1 to 2,000 characters"],
    ["one of `viewer`, `owner`", "`viewer` unless told"],
    ["always `true`"],
    ["at least 1 items", "each 1 to 80 characters"],
    ["any members"],
    ["at least 0"],
    ["not empty"],
  ]);
});

test("Of what has one of several forms each is a list of its own.", () => {
  const lists = fieldLists(DOCUMENT, {
    anyOf: [
      { title: "Page", type: "object", properties: { logs: { type: "array", items: { type: "string" } } } },
      { type: "array", items: { $ref: "#/components/schemas/Agent" } },
    ],
  });
  expect(lists.map(({ title, fields }) => [title, fields.map((field) => field.name)])).toEqual([
    ["Page", ["logs"]],
    ["Form 2", ["", "[].agentId", "[].seen"]],
  ]);
});

test("A schema that holds itself ends.", () => {
  const tree: Schema = { type: "object", properties: { child: { $ref: "#/components/schemas/Tree" } } };
  const document = { ...DOCUMENT, components: { schemas: { Tree: tree } } };
  const names = fieldLists(document, tree).flatMap((list) => list.fields.map((field) => field.name));
  expect(names.length).toBeLessThan(20);
  expect(names).toContain("child.child");
});

test("Every schema of our own document can be shown.", () => {
  let count = 0;
  for (const item of Object.values(openApi.paths)) {
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
      for (const parameter of operation?.parameters ?? []) {
        expect(parameterField(openApi, parameter).type).not.toBe("");
        count += 1;
      }
      for (const { schema } of Object.values(operation?.requestBody?.content ?? {})) {
        expect(fieldLists(openApi, schema ?? {})[0]?.fields.length).toBeGreaterThan(0);
        count += 1;
      }
    }
  }
  expect(count).toBeGreaterThan(50);
});
