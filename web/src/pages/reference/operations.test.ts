// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import openApi from "virtual:openapi";
import { curlOf } from "./curl.ts";
import { credentialText, roleText } from "./credentials.ts";
import { METHODS, resolve, type OpenApi, type Operation } from "./openapi.ts";
import { examplesOf, groupsOf, matching } from "./operations.ts";
import { blocksOf, piecesOf } from "./prose.ts";

function operation(operationId: string, tag: string, more: Partial<Operation> = {}): Operation {
  return { operationId, tags: [tag], summary: `Does ${operationId}`, responses: {}, ...more };
}

const DOCUMENT: OpenApi = {
  info: { title: "Test", version: "1" },
  tags: [{ name: "Site guard" }, { name: "Verify" }, { name: "Empty" }],
  paths: {
    "/api/verify": { post: operation("verify", "Verify") },
    "/api/sites": {
      get: operation("listSites", "Site guard"),
      post: operation("createSite", "Site guard", {
        requestBody: { content: { "application/json": { schema: { properties: { domain: {} } } } } },
      }),
    },
    "/api/other": { get: operation("other", "Unheard of") },
  },
  webhooks: { "agent.created": { post: operation("onAgentCreated", "Hooks") } },
  components: { schemas: { A: { $ref: "#/components/schemas/A" } } },
};

test("Operations stand under their tags, in the order of these, and events last; none is lost, and empty groups are left out.", () => {
  const groups = groupsOf(DOCUMENT).map(({ id, calls }) => [
    id,
    calls.map((call) => call.operation.operationId),
  ]);
  expect(groups).toEqual([
    ["tag-site-guard", ["listSites", "createSite"]],
    ["tag-verify", ["verify"]],
    ["tag-others", ["other"]],
    ["events", ["onAgentCreated"]],
  ]);
});

test("A search takes all of its words, of whatever kind, in any case.", () => {
  const found = (search: string) =>
    matching(groupsOf(DOCUMENT), search).flatMap((group) =>
      group.calls.map((call) => call.operation.operationId),
    );
  expect(found("POST sites")).toEqual(["createSite"]);
  expect(found("domain")).toEqual(["createSite"]);
  expect(found("  VERIFY ")).toEqual(["verify"]);
  expect(found("event agent.created")).toEqual(["onAgentCreated"]);
  expect(found("sites nothing")).toEqual([]);
  expect(found("")).toHaveLength(5);
});

test("A reference that leads nowhere, or in a circle, is an error; what stands beside one wins.", () => {
  expect(() => resolve(DOCUMENT, { $ref: "#/components/schemas/Missing" })).toThrow("leads nowhere");
  expect(() => resolve(DOCUMENT, { $ref: "#/components/schemas/A" })).toThrow("in a circle");
  const document = { ...DOCUMENT, components: { schemas: { B: { type: "string", description: "b" } } } };
  expect(resolve(document, { $ref: "#/components/schemas/B", description: "here" })).toEqual({
    type: "string",
    description: "here",
  });
});

test("Credentials and roles are words.", () => {
  const told = (security: Operation["security"]) =>
    credentialText(DOCUMENT, operation("x", "Verify", { ...(security && { security }) }));
  expect(told([{ session: [] }, { developerToken: [] }])).toBe("A session or a developer token");
  expect(told([])).toBe("None");
  expect(told([{}, { session: [] }])).toBe("A session, or none");
  const role = (roles: string[]) => roleText(operation("x", "Verify", { "x-behalfid-roles": roles }));
  expect(role(["viewer", "approver", "admin", "owner"])).toBe("Any role in the account");
  expect(role(["approver", "admin", "owner"])).toBe("Owner, admin or approver");
  expect(role([])).toBeNull();
});

test("Text is taken apart into paragraphs, lists and code, and nothing of it is lost.", () => {
  expect(blocksOf("One.\nTwo.\n\n* `a`: first\n* second\n")).toEqual([
    { text: "One. Two.", items: null },
    { items: ["`a`: first", "second"] },
  ]);
  expect(piecesOf("a `b` c` <i>")).toEqual([
    { code: false, text: "a " },
    { code: true, text: "b" },
    { code: false, text: " c` <i>" },
  ]);
});

test("Of our own document every operation and event is listed once, with an example wherever it has a body.", () => {
  const calls = groupsOf(openApi).flatMap((group) => group.calls);
  const count = Object.values(openApi.paths).reduce(
    (sum, item) => sum + METHODS.filter((method) => item[method] !== undefined).length,
    Object.keys(openApi.webhooks ?? {}).length,
  );
  expect(calls.filter((call) => call.isEvent)).not.toHaveLength(0);
  expect(calls).toHaveLength(count);
  expect(new Set(calls.map((call) => call.operation.operationId)).size).toBe(count);
  expect(groupsOf(openApi).map((group) => group.id)).not.toContain("tag-others");
  for (const { operation: one } of calls) {
    const [body] = Object.values(one.requestBody?.content ?? {});
    if (body !== undefined) expect(examplesOf(body).length, one.operationId).toBeGreaterThan(0);
    expect(credentialText(openApi, one), one.operationId).not.toMatch(/[a-z][A-Z]/);
    const secured = (one.security ?? []).some((schemes) => Object.keys(schemes).length > 0);
    if (secured) expect(curlOf(openApi, { method: "get", path: "/", operation: one })).toMatch(/ -[Hb] /);
  }
});
