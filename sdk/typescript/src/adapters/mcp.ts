// SPDX-License-Identifier: Apache-2.0
/**
 * Clients of MCP servers (`Client` of `@modelcontextprotocol/sdk` and of `@modelcontextprotocol/client`):
 *
 *     const files = guardClient(behalf, client, { server: "files" });
 *     await files.callTool({ name: "write_file", arguments: { path: "/srv/a", content: "..." } });
 *
 * Each call of a tool is asked as `behalf mcp wrap` asks it: action `mcp_tool` on `mcp:files:write_file`. What is not
 * allowed is not sent; the result has `isError` and says why. An approval of `mcp_tool` does not bind arguments: map a
 * tool to `write_file`, `read_file` or `execute_command` where they matter.
 */
import { BehalfIDConfigurationError } from "../errors.js";
import { isObject } from "../json.js";
import { redact } from "../redact.js";
import type { BehalfIDError, GuardOptions, VerifyRequest } from "../index.js";
import { checkMapping, checkOptions, mapped, refusalFacts, runGuarded } from "./guarding.js";
import type { Behalf, ToolMapping } from "./guarding.js";
import { COMMAND_NAMES, PATH_NAMES, findTarget, placeOf } from "./target.js";

interface McpClient {
  callTool: (params: any, ...rest: any[]) => Promise<any>;
}

interface CallParams {
  name: string;
  arguments?: unknown;
  task?: unknown;
}

export interface McpOptions extends GuardOptions {
  /** The server's name, for which permissions hold: 1 to 64 characters, no colons and commas. */
  server: string;
  /** What its tools are asked as, where `mcp_tool` will not do. */
  mapping?: ToolMapping;
}

const METADATA_UNITS = 2048;
const SHOWN_UNITS = 1024;

function checkServer(server: unknown): void {
  if (typeof server === "string" && /^[^\p{Cc}:,]{1,64}$/u.test(server) && server.trim() === server) return;
  throw new BehalfIDConfigurationError(
    "guardClient needs server: 1 to 64 characters without colons, commas, control characters and blanks around it.",
  );
}

/** Recorded with the decision. The arguments without secrets of ours, and then cut: half a secret would not be known. */
function describe(server: string, tool: string, given: object): Record<string, unknown> {
  const shown = redact(JSON.stringify(given));
  for (let units = SHOWN_UNITS; units > 0; units = Math.floor(units / 2)) {
    const metadata = { server, tool, arguments: shown.slice(0, units).replace(/[\uD800-\uDBFF]$/, "") };
    if (JSON.stringify(metadata).length <= METADATA_UNITS) return metadata;
  }
  return { server, tool };
}

/** The rules find path and command under one name each, whatever the arguments call them. */
function contextOf(
  action: string,
  server: string,
  toolName: string,
  given: Record<string, unknown>,
): Record<string, unknown> {
  const target = findTarget(action, given);
  const others = Object.entries(given).filter(
    ([name]) => !PATH_NAMES.includes(name) && !COMMAND_NAMES.includes(name),
  );
  const toolInput = { ...Object.fromEntries(others), ...target };
  return { source: "mcp", server, toolName, toolInput, ...placeOf(target) };
}

async function makeRequest(
  { server, mapping }: McpOptions,
  { name: tool, ...params }: CallParams,
): Promise<VerifyRequest> {
  const given = params.arguments ?? {};
  if (typeof tool !== "string" || !isObject(given)) {
    throw new BehalfIDConfigurationError("A tool call needs a name, and its arguments must be an object.");
  }
  const asked = { action: "mcp_tool", ...(await mapped(mapping, tool, given)) };
  const hasTarget = asked.vendor !== undefined || asked.resource !== undefined;
  return {
    ...asked,
    ...(hasTarget ? {} : { resource: `mcp:${server}:${tool}` }),
    metadata: asked.metadata ?? describe(server, tool, given),
    policyContext: asked.policyContext ?? contextOf(asked.action, server, tool, given),
  };
}

function outcomeOf(error: BehalfIDError): Record<string, unknown> {
  const { requestId, reason, approvalId } = refusalFacts(error);
  if (reason === undefined) return { outcome: "unknown" };
  const outcome = approvalId === undefined ? "denied" : "approval_required";
  return { outcome, requestId, reason, ...(typeof approvalId === "string" && { approvalId }) };
}

/** As a server's own error would look. A task has no such result, so there the error is thrown. */
function refusedResult(params: CallParams, error: BehalfIDError): unknown {
  if (params.task !== undefined) throw error;
  return {
    content: [{ type: "text", text: error.message }],
    isError: true,
    _meta: { behalfid: outcomeOf(error) },
  };
}

/** What is asked about is what is sent, whatever becomes of the caller's object meanwhile. */
function copyOf<T>(params: T): T {
  try {
    return structuredClone(params);
  } catch {
    throw new BehalfIDConfigurationError("A tool call must be JSON: it holds what cannot be copied.");
  }
}

const notGuarded = (): never => {
  throw new BehalfIDConfigurationError(
    "A guarded client calls tools by callTool only: nobody would ask for this way.",
  );
};

/**
 * A view of the object in which some members are others, and all the rest is its own; but for what begins with "_": that
 * is the class's own business, and a way around.
 */
function overlay<T extends object>(target: T, members: Record<string, (value: any) => unknown>): T {
  return new Proxy(target, {
    get(object, key) {
      if (typeof key === "string" && key.startsWith("_")) return undefined;
      const value: unknown = Reflect.get(object, key, object);
      if (typeof key === "string" && Object.hasOwn(members, key)) return members[key]?.(value);
      return typeof value === "function" ? (value.bind(object) as unknown) : value;
    },
    set: (object, key, value) => Reflect.set(object, key, value, object),
  });
}

/** Of the options that stand behind the parameters of a call. */
const signalOf = (rest: unknown[]): AbortSignal | undefined =>
  rest.map((one) => (one as { signal?: AbortSignal } | undefined)?.signal).find((one) => one !== undefined);

type Sent = { method?: string; params?: CallParams };

/**
 * The same client, whose `callTool` asks first. `request` with "tools/call" asks too; calls that stream or are a task
 * (`requestStream`, `experimental.tasks`) are refused.
 */
export function guardClient<Client extends McpClient>(
  behalf: Behalf,
  client: Client,
  options: McpOptions,
): Client {
  checkServer((options as Partial<McpOptions> | undefined)?.server);
  checkMapping(options.mapping);
  const guarding: GuardOptions & Partial<McpOptions> = { ...options };
  delete guarding.server;
  delete guarding.mapping;
  checkOptions(behalf, guarding);
  const ask = (params: CallParams, rest: unknown[], run: () => unknown): Promise<unknown> =>
    runGuarded<unknown>(behalf, {
      toolName: params.name,
      request: () => makeRequest(options, params),
      run,
      options: guarding,
      signal: signalOf(rest),
      refused: (error) => refusedResult(params, error),
    });
  const callTool = async (given: CallParams, ...rest: unknown[]): Promise<unknown> => {
    const params = copyOf(given);
    return ask(params, rest, () => client.callTool(params, ...rest));
  };
  const guardRequest =
    (own: (...given: unknown[]) => unknown) =>
    async (given: Sent, ...rest: unknown[]): Promise<unknown> => {
      const sent = copyOf(given);
      const run = (): unknown => own.call(client, sent, ...rest);
      return await (sent.method === "tools/call" ? ask(sent.params as CallParams, rest, run) : run());
    };
  const guardStream =
    (own: (...given: unknown[]) => unknown) =>
    (given: Sent, ...rest: unknown[]): unknown => {
      const sent = copyOf(given);
      return sent.method === "tools/call" ? notGuarded() : own.call(client, sent, ...rest);
    };
  const guardTasks = (tasks: object | undefined): unknown =>
    tasks && overlay(tasks, { callToolStream: () => notGuarded, requestStream: () => notGuarded });
  const guardExperimental = (own: object | undefined): unknown => own && overlay(own, { tasks: guardTasks });
  return overlay(client, {
    callTool: () => callTool,
    request: guardRequest,
    requestStream: (own: undefined | ((...given: unknown[]) => unknown)) => own && guardStream(own),
    experimental: guardExperimental,
  });
}
