// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_S = 300;
const LONGEST_TOLERANCE_S = 86_400;
const LONGEST_BLIND_BODY = 262_144;

type OneOrMany = string | readonly string[] | null | undefined;

/** What came: of a list the first item counts. */
export interface WebhookParts {
  secret: string;
  /** The raw body, before anything parsed it. */
  payload: string | Uint8Array;
  signature: OneOrMany;
  /** Unix seconds. */
  timestamp: OneOrMany | number;
  /** How old, and how far ahead, a timestamp may be; 300. Over a day nothing is genuine. */
  toleranceSeconds?: number | undefined;
  /** For servers that have one. */
  signingPepper?: string | undefined;
}

/** Headers of node:http, of fetch, or any object of them; names in any case. */
export type WebhookHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/** Is this webhook genuine, and not older than five minutes? Each part by itself. */
export function verifyWebhookSignature(parts: WebhookParts): boolean;
/**
 * The same of the headers, where the signature of the secret before the last rotation counts too; or of the signature
 * alone, for which each second of the five minutes is tried: bodies over 256 KiB are then never genuine.
 */
export function verifyWebhookSignature(
  secret: string,
  payload: string | Uint8Array,
  from: OneOrMany | WebhookHeaders,
): boolean;
export function verifyWebhookSignature(
  first: WebhookParts | string | null | undefined,
  payload?: string | Uint8Array,
  from?: OneOrMany | WebhookHeaders,
): boolean {
  if (typeof first === "object" && first !== null) return isGenuineParts(first);
  if (!isSecret(first) || !isBody(payload)) return false;
  if (typeof from === "string" || Array.isArray(from))
    return isGenuineBlind(first, payload, from as OneOrMany);
  if (typeof from !== "object" || from === null) return false;
  return isGenuineHeaders(first, payload, from as WebhookHeaders);
}

function isGenuineParts(parts: WebhookParts): boolean {
  const { secret, payload, signature, timestamp, toleranceSeconds = TOLERANCE_S, signingPepper } = parts;
  const seconds = typeof timestamp === "number" ? String(timestamp) : firstOf(timestamp);
  if (!isSecret(secret) || !isBody(payload) || !isTimely(seconds, toleranceSeconds)) return false;
  if (signingPepper !== undefined && typeof signingPepper !== "string") return false;
  return isSigned(keyOf(secret, signingPepper), seconds, payload, firstOf(signature));
}

function isGenuineHeaders(secret: string, payload: string | Uint8Array, headers: WebhookHeaders): boolean {
  const read = readerOf(headers);
  const seconds = read("behalfid-timestamp");
  if (!isTimely(seconds, TOLERANCE_S)) return false;
  const key = keyOf(secret, undefined);
  return ["behalfid-signature", "behalfid-signature-previous"].some((name) =>
    isSigned(key, seconds, payload, read(name)),
  );
}

/**
 * Without a timestamp: each second of the window, and each takes the whole body. At worst, for a signature that is none,
 * that is 6 ms for a body of 1 KiB and 280 ms for one of 256 KiB (one core of a small server, of 2024).
 */
function isGenuineBlind(secret: string, payload: string | Uint8Array, from: OneOrMany): boolean {
  const signature = firstOf(from);
  const body = Buffer.from(payload as Uint8Array);
  if (body.length > LONGEST_BLIND_BODY || digestOf(signature) === null) return false;
  const key = keyOf(secret, undefined);
  const now = Math.floor(Date.now() / 1000);
  for (let distance = 0; distance <= TOLERANCE_S; distance++) {
    if (isSigned(key, String(now - distance), body, signature)) return true;
    if (distance > 0 && isSigned(key, String(now + distance), body, signature)) return true;
  }
  return false;
}

/** An empty one, of a variable that is not set, is everybody's: then nothing is genuine. */
function isSecret(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** The key is a text: the hex SHA-256 of the secret, under a pepper the hex HMAC of that. */
function keyOf(secret: string, pepper: string | undefined): string {
  const hash = createHash("sha256").update(secret).digest("hex");
  return pepper === undefined || pepper === ""
    ? hash
    : createHmac("sha256", pepper).update(hash).digest("hex");
}

function isSigned(
  key: string,
  seconds: string,
  payload: string | Uint8Array,
  signature: string | undefined,
): boolean {
  const given = digestOf(signature);
  if (given === null) return false;
  const wanted = createHmac("sha256", key).update(`${seconds}.`).update(payload).digest();
  return timingSafeEqual(given, wanted);
}

function digestOf(signature: string | undefined): Buffer | null {
  return signature !== undefined && /^v1=[0-9a-f]{64}$/.test(signature)
    ? Buffer.from(signature.slice(3), "hex")
    : null;
}

function isTimely(seconds: string | undefined, tolerance: number): seconds is string {
  if (!(tolerance <= LONGEST_TOLERANCE_S)) return false;
  if (seconds === undefined || !/^[0-9]{1,15}$/.test(seconds)) return false;
  return Math.abs(Math.floor(Date.now() / 1000) - Number(seconds)) <= tolerance;
}

/** Test runners have more than one Uint8Array: instanceof would not know them all. */
function isBody(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || Object.prototype.toString.call(value) === "[object Uint8Array]";
}

function firstOf(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === "string" ? one : undefined;
}

/** Finds a header by its name in lower case, else with X- before it. */
function readerOf(headers: WebhookHeaders): (name: string) => string | undefined {
  if (typeof (headers as { get?: unknown }).get === "function") {
    const get = (name: string) => (headers as { get(name: string): string | null }).get(name);
    return (name) => firstOf(get(name) ?? get(`x-${name}`));
  }
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => firstOf(lower.get(name) ?? lower.get(`x-${name}`));
}
