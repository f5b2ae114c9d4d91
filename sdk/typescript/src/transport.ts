// SPDX-License-Identifier: Apache-2.0
import { errorOf, readAnswer, textOr } from "./answer.js";
import type { Answer } from "./answer.js";
import { now, pause } from "./clock.js";
import type { Settings } from "./config.js";
import { BehalfIDUnavailable } from "./errors.js";
import { isObject } from "./json.js";
import { VERSION } from "./version.js";

const PAUSES_MS = [100, 400] as const;
const DEEPEST_CAUSE = 10; // one may lead back to itself
const AGAIN_STATUSES: readonly (number | null)[] = [502, 503, 504];

/** One call of the API. */
export interface Call {
  readonly method: "GET" | "POST";
  /** With the query, without the base URL. */
  readonly path: string;
  /** JSON; without it the request has no body. */
  readonly body?: string | undefined;
  readonly bearer?: string | undefined;
  readonly developerToken?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** It may be tried again, because it cannot count twice. */
  readonly repeatable: boolean;
  /** For all tries and the whole answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends the call and gives an answer of 2xx. Throws BehalfIDAPIError for 4xx and BehalfIDUnavailable for everything
 * else; of one that may be repeated after up to three tries.
 */
export async function send(settings: Settings, call: Call): Promise<Answer> {
  const controller = new AbortController();
  const late = new BehalfIDUnavailable("timeout", `no answer within ${call.timeoutMs} ms`);
  const aborted = new BehalfIDUnavailable("aborted", "the caller ended the call");
  const stop = () => controller.abort(aborted);
  const timer = setTimeout(() => controller.abort(late), call.timeoutMs);
  call.signal?.addEventListener("abort", stop, { once: true });
  if (call.signal?.aborted) stop();
  try {
    return await tries(settings, call, controller.signal, now() + call.timeoutMs);
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", stop);
  }
}

async function tries(settings: Settings, call: Call, signal: AbortSignal, end: number): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await attemptOnce(settings, call, signal);
    } catch (error) {
      const wait = PAUSES_MS[attempt];
      if (!call.repeatable || wait === undefined || !mayPass(error) || now() + wait >= end) throw error;
      await pause(wait, signal);
    }
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof BehalfIDUnavailable)) return false;
  return error.kind === "network" || (error.kind === "server" && AGAIN_STATUSES.includes(error.status));
}

async function attemptOnce(settings: Settings, call: Call, signal: AbortSignal): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await unlessAborted(exchange(settings, call, signal), signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new BehalfIDUnavailable("network", networkText(error));
  }
  const error = errorOf(answer);
  if (error !== null) throw error;
  return answer;
}

async function exchange(settings: Settings, call: Call, signal: AbortSignal): Promise<Answer> {
  if (signal.aborted) throw signal.reason; // a fetch of somebody else's might send it all the same
  const request: RequestInit = { method: call.method, headers: headersOf(call), redirect: "manual", signal };
  if (call.body !== undefined) request.body = call.body;
  const ask = settings.fetch;
  return readAnswer(await ask(settings.baseUrl + call.path, request));
}

/** A fetch of somebody else's may not honour the signal: time is over all the same. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}

function headersOf(call: Call): Record<string, string> {
  const headers: Record<string, string> = {
    Accept: "application/json",
    "User-Agent": `behalfid-sdk-typescript/${VERSION}`,
  };
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  if (call.bearer !== undefined) headers["Authorization"] = `Bearer ${call.bearer}`;
  if (call.developerToken !== undefined) headers["X-Developer-Token"] = call.developerToken;
  if (call.idempotencyKey !== undefined) headers["Idempotency-Key"] = call.idempotencyKey;
  return headers;
}

/** By its look, because a test runner has more than one Error. */
function isError(value: unknown): value is { message: unknown; code?: unknown; cause?: unknown } {
  return isObject(value) && "message" in value;
}

/** What went wrong below: fetch says "fetch failed", and the cause says why. */
function networkText(error: unknown): string {
  let deepest: unknown = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && isError(deepest) && isError(deepest.cause); depth++) {
    deepest = deepest.cause;
  }
  if (!isError(deepest)) return "the connection failed";
  const { code, message } = deepest;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER")
    return "baseUrl is https://, and the server speaks no TLS there";
  return textOr(message, textOr(code, "the connection failed"));
}
