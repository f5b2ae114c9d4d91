// SPDX-License-Identifier: Apache-2.0
/** What a session was opened with, in words. The header is the visitor's own claim: a help for memory, no proof. */

const PROGRAMS: readonly [RegExp, string][] = [
  [/^behalf(?:id)?[-/ ]/i, "behalf command line"],
  [/^curl\//, "curl"],
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bHeadlessChrome\/|\bChrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: readonly [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

/** "Firefox on Linux"; what is not known is shown as it came, or "Unknown program". */
export function describeDevice(userAgent: string | null): string {
  if (userAgent === null || userAgent.trim() === "") return "Unknown program";
  const program = PROGRAMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (program === undefined) return userAgent;
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  return system === undefined ? program : `${program} on ${system}`;
}

const KINDS: Readonly<Record<string, string>> = {
  password: "Password",
  device: "Device code",
  invite: "Invitation",
  setup: "Set-up link",
};

export function describeKind(kind: string): string {
  return KINDS[kind] ?? kind;
}
