// SPDX-License-Identifier: Apache-2.0
import type { ReadableStream } from "node:stream/web";
import { BehalfIDAPIError, BehalfIDUnavailable } from "./errors.js";
import { isObject } from "./json.js";
import type { JsonObject } from "./json.js";

/** Bytes of an answer; a longer one is none. */
export const LONGEST_ANSWER = 1_048_576;

/** What came: the body is null when it is too long or no UTF-8. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string | null;
}

/** Reads the answer. Rejects as the stream does. */
export async function readAnswer(response: Response): Promise<Answer> {
  const redirected = response.type === "opaqueredirect" || response.redirected;
  const status = redirected ? 302 : response.status;
  const retryAfter = response.headers.get("retry-after");
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    return { status, retryAfter, text: null };
  }
  return { status, retryAfter, text: await readText(response) };
}

async function readText(response: Response): Promise<string | null> {
  if (response.body === null) return "";
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (!done) length += value.byteLength;
    if (length > LONGEST_ANSWER) {
      await reader.cancel();
      return null;
    }
    try {
      text += done ? decoder.decode() : decoder.decode(value, { stream: true });
    } catch {
      await reader.cancel();
      return null;
    }
    if (done) return text;
  }
}

function parse(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error that an answer stands for: 3xx, 4xx, 5xx; null for a good one. */
export function errorOf(answer: Answer): BehalfIDAPIError | BehalfIDUnavailable | null {
  const { status } = answer;
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    return new BehalfIDUnavailable(
      "redirect",
      `it redirects (${status}), which is never followed: baseUrl must be its own address`,
      status,
    );
  }
  const parsed = parse(answer.text);
  const body = isObject(parsed) ? parsed : {};
  const message = textOr(body["error"], null);
  if (status >= 400 && status < 500) {
    return new BehalfIDAPIError({
      status,
      message: message ?? `HTTP ${status}`,
      code: textOr(body["code"], null),
      hint: textOr(body["hint"], null),
      retryAfter: seconds(answer.retryAfter),
      requestId: textOr(body["requestId"], null),
    });
  }
  const detail = `HTTP ${status}${message === null ? "" : `: ${message}`}`;
  return new BehalfIDUnavailable(status >= 500 ? "server" : "malformed", detail, status);
}

/** The JSON value of an answer with one of these statuses; throws BehalfIDUnavailable "malformed" for any other. */
export function valueOf(answer: Answer, ...statuses: readonly number[]): unknown {
  if (!statuses.includes(answer.status)) throw malformed(`status ${answer.status}`, answer.status);
  if (answer.text === null) throw malformed("too long, or no UTF-8", answer.status);
  const value = parse(answer.text);
  if (value === undefined) throw malformed("no JSON", answer.status);
  return value;
}

/** Likewise, of an object. */
export function objectOf(answer: Answer, ...statuses: readonly number[]): JsonObject {
  const value = valueOf(answer, ...statuses);
  if (!isObject(value)) throw malformed("no JSON object", answer.status);
  return value;
}

/** The error for an answer that is none. */
export function malformed(why: string, status: number | null = 200): BehalfIDUnavailable {
  return new BehalfIDUnavailable("malformed", `its answer is none (${why})`, status);
}

export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

export function textOr<Other>(value: unknown, otherwise: Other): string | Other {
  return isText(value) ? value : otherwise;
}

function seconds(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : null;
}
