// SPDX-License-Identifier: Apache-2.0
const BEARER = /\b(bearer)\s+[A-Za-z0-9._~+/-]+=*/gi;
const SECRET = /(bhf_[a-z]+_|whsec_)[A-Za-z0-9._~+/-]+=*/g;

/** The text without keys, tokens and secrets of BehalfID and without what stands behind the word Bearer. */
export function redact(text: string): string {
  return text.replace(BEARER, "$1 [redacted]").replace(SECRET, "$1[redacted]");
}
