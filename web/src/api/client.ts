// SPDX-License-Identifier: Apache-2.0
/** The one way to the API: JSON both ways, the session cookie, errors as ApiError. */

/** An answer that is no success, or no answer (status 0). `message` is a sentence for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
    readonly hint: string | null = null,
    /** Seconds, from Retry-After. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";
export type Query = Record<string, string | number | boolean | null | undefined>;

export interface CallOptions {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** A bearer token instead of the cookie (passport links, agent keys). Never stored. */
  bearer?: string;
  /** A question that is asked by POST: without an answer, nothing can have been done. */
  changesNothing?: boolean;
}

/** `/api/x/${segment(id)}`: what comes from outside never becomes another path. */
export function segment(value: string): string {
  return encodeURIComponent(value);
}

export function withQuery(path: string, query: Query = {}): string {
  const text = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") text.set(key, String(value));
  }
  const all = text.toString();
  return all === "" ? path : `${path}?${all}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

type Listener = () => void;

/** What may be told to several, each of whom may stop listening. */
function createSignal(): { on: (listener: Listener) => () => void; tell: () => void } {
  const listeners = new Set<Listener>();
  return {
    on: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell: () => listeners.forEach((listener) => listener()),
  };
}

const expiry = createSignal();
const doubt = createSignal();

/** Calls back when the server says that the session has ended. Returns how to stop. */
export const onSessionExpired = expiry.on;

/** Calls back when a change may or may not have been done, so that all that is shown may be untrue. */
export const onDoubt = doubt.on;

const UNSURE = "It may have been done: look before you try again.";

function mayChange(method: Method, options: CallOptions): boolean {
  return method !== "GET" && options.changesNothing !== true;
}

/** No answer came, or none that can be read. */
function lost(status: number, problem: string, method: Method, options: CallOptions): ApiError {
  if (!mayChange(method, options)) return new ApiError(status, problem);
  doubt.tell();
  return new ApiError(status, `${problem} ${UNSURE}`);
}

/** Said by what stands before the server, which may have done its part. */
function isOfProxy(status: number, code: string | null): boolean {
  return (status === 502 || status === 504) && code === null;
}

async function failure(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const fields = isRecord(body) ? body : {};
  const wait = Number(response.headers.get("Retry-After"));
  return new ApiError(
    response.status,
    textOf(fields["error"]) ?? `The server answered ${response.status}.`,
    textOf(fields["code"]),
    textOf(fields["hint"]),
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

/** Sends one request. Throws ApiError for everything but a success; AbortError when it was given up. */
export async function send(method: Method, path: string, options: CallOptions = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.bearer !== undefined) headers["Authorization"] = `Bearer ${options.bearer}`;
  let response: Response;
  try {
    response = await fetch(withQuery(path, options.query), {
      method,
      headers,
      credentials: options.bearer === undefined ? "same-origin" : "omit",
      cache: "no-store",
      redirect: "error",
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    throw lost(0, "The server gave no answer.", method, options);
  }
  if (response.ok) return response;
  const error = await failure(response);
  if (error.status === 401 && options.bearer === undefined) expiry.tell();
  throw isOfProxy(error.status, error.code) ? lost(error.status, error.message, method, options) : error;
}

/** Sends one request and gives its JSON. */
export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(method, path, options);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    throw lost(response.status, "The server's answer cannot be read.", method, options);
  }
}
