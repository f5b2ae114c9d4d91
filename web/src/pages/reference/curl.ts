// SPDX-License-Identifier: Apache-2.0
/** A call as a line for the shell. Secrets and the server's address are in its environment. */
import { resolve, type OpenApi, type Operation, type Parameter, type Security } from "./openapi.ts";

const BASE = "$BEHALFID_BASE_URL";
const NARROW = 72;

/** How each credential is sent, those that a program would have first. */
const HEADERS: readonly (readonly [scheme: string, words: readonly string[]])[] = [
  ["agentKey", ['-H "Authorization: Bearer $BEHALFID_API_KEY"']],
  ["developerToken", ['-H "X-Developer-Token: $BEHALFID_DEVELOPER_TOKEN"']],
  ["siteKey", ['-H "Authorization: Bearer $BEHALFID_SITE_KEY"']],
  ["passportToken", ['-H "Authorization: Bearer $BEHALFID_PASSPORT_TOKEN"']],
  ["setupToken", ['-H "Authorization: Bearer $BEHALFID_SETUP_TOKEN"']],
  ["metricsToken", ['-H "Authorization: Bearer $BEHALFID_METRICS_TOKEN"']],
  ["session", ['-b "behalfid_developer=$BEHALFID_SESSION"']],
  ["operatorSession", ['-b "behalfid_developer=$BEHALFID_SESSION"']],
];

function credentialWords(security: Security, method: string): string[] {
  const schemes = new Set(security.flatMap((one) => Object.keys(one)));
  const [scheme, words] = HEADERS.find(([name]) => schemes.has(name)) ?? ["", []];
  const byCookie = scheme === "session" || scheme === "operatorSession";
  return byCookie && method !== "get" ? [...words, `-H "Origin: ${BASE}"`] : [...words];
}

/** In single quotes, where the shell takes nothing for its own. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function exampleOf(parameter: Parameter): string {
  const value = parameter.example ?? parameter.schema?.default ?? parameter.name.toUpperCase();
  return typeof value === "string" ? value : JSON.stringify(value);
}

function bodyWords(operation: Operation, value: unknown): string[] {
  const [type] = Object.keys(operation.requestBody?.content ?? {});
  if (type === undefined || value === undefined) return [];
  const narrow = JSON.stringify(value);
  const text = narrow.length <= NARROW ? narrow : JSON.stringify(value, null, 2);
  return [`-H "Content-Type: ${type}"`, `-d ${quoted(text)}`];
}

/** `body` is the example to send; undefined for none. */
export function curlOf(
  document: OpenApi,
  call: { method: string; path: string; operation: Operation },
  body?: unknown,
): string {
  const { method, operation } = call;
  const parameters = (operation.parameters ?? []).map((one) => resolve(document, one));
  const path = call.path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const parameter = parameters.find((one) => one.in === "path" && one.name === name);
    return parameter === undefined ? whole : exampleOf(parameter);
  });
  const needed = (place: string) => parameters.filter((one) => one.in === place && one.required === true);
  const query = needed("query").map((one) => `${one.name}=${encodeURIComponent(exampleOf(one))}`);
  const headers = needed("header").map(
    (one) => `-H "${one.name}: ${one.name === "Origin" ? BASE : exampleOf(one)}"`,
  );
  const sent = bodyWords(operation, body);
  const streams = operation.responses["200"]?.content?.["text/event-stream"] !== undefined;
  const verb =
    method === "get" || (method === "post" && sent.length > 0) ? "" : ` -X ${method.toUpperCase()}`;
  return [
    `curl -s${streams ? "N" : ""}${verb} "${BASE}${path}${query.length > 0 ? `?${query.join("&")}` : ""}"`,
    ...credentialWords(operation.security ?? document.security ?? [], method),
    ...headers,
    ...sent,
  ].join(" \\\n  ");
}
