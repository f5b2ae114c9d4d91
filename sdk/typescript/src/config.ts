// SPDX-License-Identifier: Apache-2.0
import { BehalfIDConfigurationError } from "./errors.js";
import { isObject, refusePolluted } from "./json.js";
import type { BehalfIDOptions } from "./types.js";

const BASE_URL = "http://127.0.0.1:8420";
const LONGEST_MS = 2_147_483_647; // what a timer of Node can count to
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Options, checked, with the environment read. Undefined is what there is not. */
export interface Settings {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly agentId: string | undefined;
  readonly developerToken: string | undefined;
  readonly siteKey: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly fetch: typeof globalThis.fetch;
}

const OPTIONS = [
  "baseUrl",
  "apiKey",
  "agentId",
  "developerToken",
  "siteKey",
  "timeoutMs",
  "allowInsecureHttp",
  "fetch",
] as const satisfies readonly (keyof BehalfIDOptions)[];

/** Throws for a name that is none of these: `baseURL` in place of `baseUrl` would ask another server. */
export function onlyKnown(options: unknown, names: readonly string[]): void {
  if (!isObject(options)) throw new BehalfIDConfigurationError("Options must be an object.");
  refusePolluted(names);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new BehalfIDConfigurationError(`${unknown} is no option here. There are: ${names.join(", ")}.`);
  }
}

/** Throws BehalfIDConfigurationError for what cannot be. */
export function readSettings(options: BehalfIDOptions): Settings {
  onlyKnown(options, OPTIONS);
  const settings: Settings = {
    baseUrl: baseUrl(
      given(options, "baseUrl", "BEHALFID_BASE_URL") ?? BASE_URL,
      options.allowInsecureHttp === true,
    ),
    apiKey: secret("apiKey", given(options, "apiKey", "BEHALFID_API_KEY"), ["bhf_sk_", "bhf_site_"]),
    agentId: given(options, "agentId", "BEHALFID_AGENT_ID"),
    developerToken: secret("developerToken", given(options, "developerToken", "BEHALFID_DEVELOPER_TOKEN"), [
      "bhf_dev_",
    ]),
    siteKey: secret("siteKey", given(options, "siteKey", "BEHALFID_SITE_KEY"), ["bhf_site_"]),
    timeoutMs: timeLimit("timeoutMs", options.timeoutMs, undefined),
    fetch: options.fetch ?? globalThis.fetch,
  };
  if (
    settings.apiKey === undefined &&
    settings.developerToken === undefined &&
    settings.siteKey === undefined
  ) {
    throw new BehalfIDConfigurationError("There is no key: set BEHALFID_API_KEY, or give apiKey.");
  }
  if (typeof settings.fetch !== "function") {
    throw new BehalfIDConfigurationError(
      options.fetch === undefined
        ? "There is no fetch: Node 18 or newer has one."
        : "fetch must be a function.",
    );
  }
  return settings;
}

/** A time limit in milliseconds, or what holds without one. */
export function timeLimit<Otherwise>(
  name: string,
  value: number | undefined,
  otherwise: Otherwise,
): number | Otherwise {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || !(value > 0 && value <= LONGEST_MS)) {
    throw new BehalfIDConfigurationError(
      `${name} must be a number of milliseconds above 0, at most ${LONGEST_MS}.`,
    );
  }
  return value;
}

type TextOption = "baseUrl" | "apiKey" | "agentId" | "developerToken" | "siteKey";

/** The option, else the variable of the environment. An empty variable is none; an empty option is a mistake. */
function given(options: BehalfIDOptions, name: TextOption, variable: string): string | undefined {
  const value: unknown = options[name];
  if (value === undefined) return process.env[variable] || undefined;
  if (typeof value !== "string" || value === "") {
    throw new BehalfIDConfigurationError(`${name} must be a text that is not empty.`);
  }
  return value;
}

function secret(name: string, value: string | undefined, prefixes: readonly string[]): string | undefined {
  if (value === undefined) return undefined;
  if (value !== value.trim()) {
    throw new BehalfIDConfigurationError(`${name} has a blank or a line break at an end: take it away.`);
  }
  const prefix = prefixes.find((one) => value.startsWith(one));
  if (prefix === undefined || !/^[A-Za-z0-9_-]+$/.test(value.slice(prefix.length))) {
    const wanted = prefixes.join(" or ");
    throw new BehalfIDConfigurationError(
      `${name} must begin with ${wanted}; letters, digits, _ and - follow.`,
    );
  }
  return value;
}

function baseUrl(text: string, insecure: boolean): string {
  let url: URL;
  if (/[\\\s]/.test(text))
    throw new BehalfIDConfigurationError("baseUrl must have no backslash and no white space.");
  try {
    url = new URL(text);
  } catch {
    throw new BehalfIDConfigurationError("baseUrl must be a URL such as https://behalf.example.com.");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new BehalfIDConfigurationError("baseUrl must begin with https:// or http://.");
  }
  if (url.username !== "" || url.password !== "") {
    throw new BehalfIDConfigurationError("baseUrl must have no user name and no password.");
  }
  if (url.search !== "" || url.hash !== "") {
    throw new BehalfIDConfigurationError("baseUrl must have no query and no fragment.");
  }
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname) && !insecure) {
    throw new BehalfIDConfigurationError(
      "baseUrl is http:// to another machine, where keys travel in the open: use https://, or allowInsecureHttp.",
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}
