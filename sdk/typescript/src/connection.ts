// SPDX-License-Identifier: Apache-2.0
import type { Answer } from "./answer.js";
import { onlyKnown, timeLimit } from "./config.js";
import type { Settings } from "./config.js";
import { BehalfIDConfigurationError } from "./errors.js";
import { send } from "./transport.js";
import type { Call } from "./transport.js";
import type { CallOptions } from "./types.js";

const TIMEOUT_MS = 5_000;

/** Of a call, what its method decides; the rest is the connection's. */
export type Question = Pick<Call, "method" | "path" | "repeatable"> &
  Partial<Pick<Call, "body" | "idempotencyKey">>;

/** What may be done only once. */
export const post = (path: string, body?: string): Question => ({
  method: "POST",
  path,
  body,
  repeatable: false,
});

/** What only reads. */
export const get = (path: string): Question => ({ method: "GET", path, repeatable: true });

/** The server, and who asks it. */
export class Connection {
  readonly #settings: Settings;
  #apiKey: string | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#apiKey = settings.apiKey;
  }

  /** The next call takes this key. */
  useKey(apiKey: string): void {
    this.#apiKey = apiKey;
  }

  /** Whom it is about: who is named, else the client's agent. Throws when there is none. */
  agentId(named: string | undefined): string {
    const agentId: unknown = named === undefined ? this.#settings.agentId : named;
    if (typeof agentId === "string" && agentId !== "") return agentId;
    throw new BehalfIDConfigurationError("agentId is missing: set BEHALFID_AGENT_ID, or give agentId.");
  }

  /** Asks with the agent's key, and with the developer token where there is one. */
  async asAgent(question: Question, options: CallOptions = {}, usualMs?: number): Promise<Answer> {
    const bearer = this.#apiKey;
    if (bearer?.startsWith("bhf_sk_") !== true) {
      throw new BehalfIDConfigurationError(
        "This takes an agent's key: set BEHALFID_API_KEY to a bhf_sk_... key.",
      );
    }
    return this.#send(question, options, { bearer, developerToken: this.#settings.developerToken }, usualMs);
  }

  /** Asks with the developer token alone. */
  async asDeveloper(question: Question, options: CallOptions = {}): Promise<Answer> {
    const { developerToken } = this.#settings;
    if (developerToken === undefined) {
      throw new BehalfIDConfigurationError("This takes a developer token: set BEHALFID_DEVELOPER_TOKEN.");
    }
    return this.#send(question, options, { developerToken });
  }

  /** Asks with the site's key, which may stand in apiKey; without one, with the developer token. */
  async asSite(question: Question, options: CallOptions = {}): Promise<Answer> {
    const { siteKey, developerToken } = this.#settings;
    const bearer = siteKey ?? (this.#apiKey?.startsWith("bhf_site_") === true ? this.#apiKey : undefined);
    if (bearer !== undefined) return this.#send(question, options, { bearer });
    if (developerToken !== undefined) return this.#send(question, options, { developerToken });
    throw new BehalfIDConfigurationError("This takes a site's key: set BEHALFID_SITE_KEY.");
  }

  #send(
    question: Question,
    options: CallOptions,
    credentials: Pick<Call, "bearer" | "developerToken">,
    usualMs: number = TIMEOUT_MS,
  ): Promise<Answer> {
    checkCallOptions(options);
    const timeoutMs = timeLimit("timeoutMs", options.timeoutMs, this.#settings.timeoutMs ?? usualMs);
    return send(this.#settings, { ...question, ...credentials, timeoutMs, signal: options.signal });
  }
}

/** Throws for what is no option of a call. null is no signal, as for fetch. */
export function checkCallOptions(options: CallOptions): void {
  onlyKnown(options, ["timeoutMs", "signal"]);
  const signal: unknown = options.signal;
  if (signal === undefined || signal === null) return;
  if (typeof signal === "object" && "addEventListener" in signal) return;
  throw new BehalfIDConfigurationError("signal must be an AbortSignal.");
}

/** An id as a part of a path. */
export function pathPart(id: string): string {
  const text: unknown = id;
  if (typeof text !== "string" || text === "" || text === "." || text === "..")
    throw new BehalfIDConfigurationError("This is no id.");
  try {
    return encodeURIComponent(text);
  } catch {
    throw new BehalfIDConfigurationError("This is no id: it is half a character.");
  }
}
