// SPDX-License-Identifier: Apache-2.0
/** The operations of the document as the page lists them: by subject, and findable. */
import {
  METHODS,
  resolve,
  type Example,
  type Media,
  type Method,
  type OpenApi,
  type Operation,
} from "./openapi.ts";

export interface Call {
  method: Method;
  /** Of an event, its type. */
  path: string;
  /** The server sends it: nobody calls it. */
  isEvent?: true;
  operation: Operation;
  /** All that a search looks at, in small letters. */
  searched: string;
}

export interface Group {
  /** The anchor of its heading. */
  id: string;
  name: string;
  description: string;
  calls: Call[];
}

function namesOf(document: OpenApi, operation: Operation): string[] {
  const parameters = (operation.parameters ?? []).map((one) => resolve(document, one).name);
  const bodies = Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) =>
    schema === undefined ? [] : Object.keys(resolve(document, schema).properties ?? {}),
  );
  return [...parameters, ...bodies];
}

function callOf(document: OpenApi, path: string, method: Method, operation: Operation): Call {
  const words = [
    method,
    path,
    operation.operationId,
    operation.summary,
    operation.description ?? "",
    ...operation.tags,
    ...namesOf(document, operation),
  ];
  return { method, path, operation, searched: words.join("\n").toLowerCase() };
}

function eventsOf(document: OpenApi): Group {
  const calls = Object.entries(document.webhooks ?? {}).map(([type, { post }]) => {
    const call = callOf(document, type, "post", post);
    return { ...call, isEvent: true as const, searched: `event\n${call.searched}` };
  });
  const description = "What the server sends by POST, signed, to the endpoints that want its type.";
  return { id: "events", name: "Events", description, calls };
}

/** In the order of the document's tags; what has none of them comes after these, and events come last. */
export function groupsOf(document: OpenApi): Group[] {
  const calls = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [callOf(document, path, method, operation)];
    }),
  );
  const known = document.tags.map((tag) => tag.name);
  const groups = document.tags.map((tag) => ({
    id: `tag-${tag.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`,
    name: tag.name,
    description: tag.description ?? "",
    calls: calls.filter((call) => call.operation.tags[0] === tag.name),
  }));
  const others = calls.filter((call) => !known.includes(call.operation.tags[0] ?? ""));
  const rest = { id: "tag-others", name: "Others", description: "", calls: others };
  return [...groups, rest, eventsOf(document)].filter((group) => group.calls.length > 0);
}

/** Those in which every word of the search occurs. */
export function matching(groups: readonly Group[], search: string): Group[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return groups
    .map((group) => ({
      ...group,
      calls: group.calls.filter((call) => words.every((word) => call.searched.includes(word))),
    }))
    .filter((group) => group.calls.length > 0);
}

/** The examples of a body, by their names for people. */
export function examplesOf(media: Media | undefined): { title: string; value: unknown }[] {
  const many: Example[] = Object.values(media?.examples ?? {});
  if (many.length > 0) return many.map(({ summary, value }) => ({ title: summary ?? "Example", value }));
  return media?.example === undefined ? [] : [{ title: "Example", value: media.example }];
}

/** An example as it would be sent: texts as they are, all else as JSON. */
export function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
