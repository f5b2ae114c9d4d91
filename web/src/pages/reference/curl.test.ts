// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { curlOf, quoted } from "./curl.ts";
import type { OpenApi, Operation, Parameter } from "./openapi.ts";

const DOCUMENT: OpenApi = {
  info: { title: "Test", version: "1" },
  tags: [],
  paths: {},
  components: {
    parameters: {
      AgentIdPath: { name: "agentId", in: "path", required: true, example: "agent_1" },
      Origin: { name: "Origin", in: "header", required: true, example: "https://behalf.example" },
    },
  },
};

function operation(more: Partial<Operation>): Operation {
  return { operationId: "x", tags: [], summary: "", responses: {}, ...more };
}

const JSON_BODY = { content: { "application/json": {} } };

test("A token is taken before a session, and ids of the path are those of the example.", () => {
  const call = {
    method: "get",
    path: "/api/dashboard/agents/{agentId}",
    operation: operation({
      security: [{ session: [] }, { developerToken: [] }],
      parameters: [
        { $ref: "#/components/parameters/AgentIdPath" } as Parameter,
        { name: "limit", in: "query", required: false },
      ],
    }),
  };
  expect(curlOf(DOCUMENT, call)).toBe(
    'curl -s "$BEHALFID_BASE_URL/api/dashboard/agents/agent_1" \\\n' +
      '  -H "X-Developer-Token: $BEHALFID_DEVELOPER_TOKEN"',
  );
});

test("With a session, what changes something names its origin; what reads does not.", () => {
  const signedIn = operation({ security: [{ session: [] }] });
  expect(curlOf(DOCUMENT, { method: "delete", path: "/x", operation: signedIn })).toBe(
    'curl -s -X DELETE "$BEHALFID_BASE_URL/x" \\\n  -b "behalfid_developer=$BEHALFID_SESSION" \\\n' +
      '  -H "Origin: $BEHALFID_BASE_URL"',
  );
  expect(curlOf(DOCUMENT, { method: "get", path: "/x", operation: signedIn })).not.toContain("Origin");
});

test("A body goes along in quotes that the shell leaves alone; without one a POST says that it is one.", () => {
  const open = operation({ security: [], requestBody: JSON_BODY });
  expect(curlOf(DOCUMENT, { method: "post", path: "/x", operation: open }, { name: "it's" })).toBe(
    'curl -s "$BEHALFID_BASE_URL/x" \\\n  -H "Content-Type: application/json" \\\n' +
      `  -d '{"name":"it'\\''s"}'`,
  );
  expect(curlOf(DOCUMENT, { method: "patch", path: "/x", operation: open }, {})).toContain("-X PATCH");
  expect(curlOf(DOCUMENT, { method: "post", path: "/x", operation: operation({ security: [] }) })).toBe(
    'curl -s -X POST "$BEHALFID_BASE_URL/x"',
  );
  expect(quoted("$HOME `id`")).toBe("'$HOME `id`'");
});

test("Streams are not held back, and needed headers and parameters of the query are there.", () => {
  const stream = operation({
    security: [{ agentKey: [] }],
    parameters: [
      { name: "after", in: "query", required: true, example: "a b" },
      { $ref: "#/components/parameters/Origin" } as Parameter,
    ],
    responses: { "200": { description: "", content: { "text/event-stream": {} } } },
  });
  expect(curlOf(DOCUMENT, { method: "get", path: "/s", operation: stream })).toBe(
    'curl -sN "$BEHALFID_BASE_URL/s?after=a%20b" \\\n  -H "Authorization: Bearer $BEHALFID_API_KEY" \\\n' +
      '  -H "Origin: $BEHALFID_BASE_URL"',
  );
});
