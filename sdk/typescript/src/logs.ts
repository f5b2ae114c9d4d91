// SPDX-License-Identifier: Apache-2.0
import { isText, malformed, valueOf } from "./answer.js";
import { get, pathPart } from "./connection.js";
import type { Connection } from "./connection.js";
import { BehalfIDConfigurationError } from "./errors.js";
import { isObject } from "./json.js";
import type { JsonObject } from "./json.js";
import type { CallOptions, Risk } from "./types.js";

const PAGE_ROWS = 100;

/** One decision, as the agent's key gets to see it. Times are ISO 8601 in UTC. */
export interface LogEntry {
  readonly requestId: string;
  readonly agentId: string;
  readonly permissionId: string | null;
  readonly action: string;
  readonly vendor: string | null;
  readonly amount: number | null;
  readonly allowed: boolean;
  readonly approvalRequired: boolean;
  readonly approvalId: string | null;
  readonly decision: "allowed" | "denied" | "approval_required";
  readonly reason: string;
  readonly risk: Risk;
  readonly shadow: boolean;
  readonly createdAt: string;
  /** What the action gateway did; null when it did nothing. */
  readonly execution: Readonly<Record<string, unknown>> | null;
}

/** Which rows: all that is named must hold. Undefined is not named. */
export interface LogQuery {
  /** Rows of a page, 1 to 500; 100. */
  limit?: number | undefined;
  /** Only rows older than the one of this request. */
  before?: string | undefined;
  decision?: "allowed" | "denied" | "approval_required" | undefined;
  allowed?: boolean | undefined;
  risk?: Risk | undefined;
  action?: string | undefined;
  vendor?: string | undefined;
  requestId?: string | undefined;
  environment?: string | undefined;
  shadow?: boolean | undefined;
  from?: string | Date | undefined;
  to?: string | Date | undefined;
  search?: string | undefined;
}

interface Page {
  readonly rows: LogEntry[];
  readonly nextBefore: string | null;
}

/** The newest rows: 50, or those of the first page of a query. */
export async function getLogs(
  connection: Connection,
  agentId?: string,
  query?: LogQuery,
  options?: CallOptions,
): Promise<LogEntry[]> {
  const text = queryText(filtersOf(query));
  const value = await read(connection, agentId, text, options);
  return text === "" ? rowsOf(value) : pageOf(value).rows;
}

/** All rows that the query asks for, the newest first, fetched page by page while they are taken. */
export async function* iterateLogs(
  connection: Connection,
  agentId?: string,
  query?: LogQuery,
  options?: CallOptions,
): AsyncGenerator<LogEntry, void, undefined> {
  const filters = filtersOf(query);
  let before = query?.before;
  for (;;) {
    const limit = filters["limit"] ?? PAGE_ROWS;
    const page = pageOf(await read(connection, agentId, queryText({ ...filters, limit, before }), options));
    yield* page.rows;
    if (page.nextBefore === null) return;
    if (page.nextBefore === before) throw malformed("the same page again");
    before = page.nextBefore;
  }
}

async function read(
  connection: Connection,
  agentId: string | undefined,
  query: string,
  options?: CallOptions,
) {
  const path = `/api/logs/${pathPart(connection.agentId(agentId))}${query === "" ? "" : `?${query}`}`;
  return valueOf(await connection.asAgent(get(path), options), 200);
}

/** null is no query. */
function filtersOf(query: LogQuery | null | undefined): JsonObject {
  const filters: unknown = query ?? {};
  if (!isObject(filters)) throw new BehalfIDConfigurationError("The query must be an object.");
  return filters;
}

function queryText(query: JsonObject): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) parameters.append(name, filterText(name, value));
  }
  return parameters.toString();
}

function filterText(name: string, value: unknown): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  const text = ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
  if (text !== undefined && !/\p{Surrogate}/u.test(text)) return text;
  throw new BehalfIDConfigurationError(`${name} must be a text, a number, true or false, or a date.`);
}

function pageOf(value: unknown): Page {
  if (!isObject(value) || !isObject(value["pagination"])) throw malformed("pagination");
  const nextBefore = value["pagination"]["nextBefore"];
  if (nextBefore !== null && !isText(nextBefore)) throw malformed("nextBefore");
  return { rows: rowsOf(value["logs"]), nextBefore };
}

function rowsOf(value: unknown): LogEntry[] {
  if (!Array.isArray(value)) throw malformed("no rows");
  for (const row of value as unknown[]) {
    if (!isObject(row) || !isText(row["requestId"])) throw malformed("a row");
  }
  return value as LogEntry[];
}
