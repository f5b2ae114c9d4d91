// SPDX-License-Identifier: Apache-2.0
/** What all adapters share: as what a tool call is asked, how it is kept from running, what the model then reads. */
import { BehalfIDConfigurationError } from "../errors.js";
import type { BehalfID, BehalfIDError, GuardOptions, VerifyRequest } from "../index.js";
import { isObject } from "../json.js";
import { eitherOf } from "./signals.js";
import { findTarget, placeOf } from "./target.js";

/** A client; structural, so that a client of the ESM build serves adapters of the CommonJS build too. */
export type Behalf = Pick<BehalfID, "guard">;

type Fields = Readonly<Partial<VerifyRequest>>;
type Asked = Fields | PromiseLike<Fields>;

/** As what one tool is asked. */
export type ToolRequest<Input = any> = Fields | ((input: Input) => Asked);

/**
 * As what tools are asked: one request for all, a function, or a row for each tool that needs one. An action that is left
 * out is the tool's name, and a policyContext that is left out the file path and the command of the arguments.
 */
export type ToolMapping<Rows = Record<string, ToolRequest>> =
  Readonly<VerifyRequest> | ((toolName: string, input: any) => Asked) | Rows;

const isRequest = (mapping: ToolMapping): mapping is VerifyRequest =>
  typeof (mapping as { action?: unknown }).action === "string";

function rowOf(mapping: ToolMapping | undefined, toolName: string, input: unknown): Asked | undefined {
  if (mapping === undefined || isRequest(mapping)) return mapping;
  if (typeof mapping === "function") return mapping(toolName, input);
  const row = Object.hasOwn(mapping, toolName)
    ? (mapping as Record<string, ToolRequest>)[toolName]
    : undefined;
  return typeof row === "function" ? row(input) : row;
}

/** What the mapping makes of a call; undefined when it says nothing of the tool. */
export async function mapped(
  mapping: ToolMapping | undefined,
  toolName: string,
  input: unknown,
): Promise<Fields | undefined> {
  const asked: unknown = await rowOf(mapping, toolName, input);
  if (asked === undefined || asked === null || isObject(asked)) return asked ?? undefined;
  throw new BehalfIDConfigurationError("the mapping gives no request.");
}

/** The request of one call. What it throws keeps the tool from running. */
async function requestFor(
  mapping: ToolMapping | undefined,
  toolName: string,
  input: unknown,
): Promise<VerifyRequest> {
  const request = { action: toolName, ...(await mapped(mapping, toolName, input)) };
  if (request.policyContext !== undefined) return request;
  const toolInput = findTarget(request.action, input);
  if (Object.keys(toolInput).length === 0) return request;
  return { ...request, policyContext: { toolInput, ...placeOf(toolInput) } };
}

/**
 * A row that is none, or belongs to no tool, is a mistake in writing, and the tool that it meant would be asked otherwise.
 */
export function checkMapping(mapping: ToolMapping | undefined, toolNames?: unknown[]): void {
  if (mapping === undefined || typeof mapping === "function") return;
  if (!isObject(mapping)) {
    throw new BehalfIDConfigurationError(
      "The mapping must be a request, rows by the tools' names, or a function.",
    );
  }
  if (isRequest(mapping)) return;
  for (const [name, row] of Object.entries<unknown>(mapping)) {
    const shown = JSON.stringify(name);
    if (toolNames?.includes(name) === false) {
      throw new BehalfIDConfigurationError(`The mapping has a row for ${shown}, which is none of the tools.`);
    }
    if (row === undefined || row === null || typeof row === "function" || isObject(row)) continue;
    throw new BehalfIDConfigurationError(`The mapping's row for ${shown} is no object and no function.`);
  }
}

/** Nobody would ask before such a tool acts, so it is not taken for a guarded one. */
export function refuseTool(name: unknown, why: string): never {
  const what = typeof name === "string" ? `The tool ${JSON.stringify(name)}` : "One of the tools";
  throw new BehalfIDConfigurationError(`${what} cannot be guarded: ${why}`);
}

/** A copy of the tool, of the same class and with all it has, in which some members are others. */
export function withMembers<T extends object>(tool: T, members: object): T {
  const own = { ...Object.getOwnPropertyDescriptors(tool), ...Object.getOwnPropertyDescriptors(members) };
  return Object.create(Object.getPrototypeOf(tool) as object | null, own) as T;
}

/** On one line, without what reorders or hides text. */
const plain = (text: unknown): string =>
  String(text)
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();

interface RefusalFacts {
  requestId?: string;
  reason?: string;
  approvalId?: string | null;
}

/** What a denial tells; by its members, so that one of the other build of the package is known too. */
export const refusalFacts = (error: Error): RefusalFacts => error as RefusalFacts;

function explain(error: Error, toolName: string): string {
  const not = `The tool ${JSON.stringify(plain(toolName))} was not called.`; // a client of MCP may give any name
  const elsewhere = "Do not try to do the same another way.";
  const { requestId, reason, approvalId } = refusalFacts(error);
  if (requestId === undefined || reason === undefined) {
    return `BehalfID: blocked, because this call could not be decided. Do not act. ${not}\nReason: ${plain(error.message)}
${elsewhere} Tell the user what happened.`;
  }
  if (approvalId === undefined) {
    return `BehalfID: denied. ${not}\nReason: ${plain(reason)}\nRequest ID: ${requestId}
${elsewhere} Tell the user what was denied and why.`;
  }
  if (approvalId === null) {
    return `BehalfID: approval required, and nobody was asked. ${not}\nReason: ${plain(reason)}\nRequest ID: ${requestId}
${elsewhere} Tell the user. A person may have denied it a moment ago, or too many requests wait.`;
  }
  return `APPROVAL REQUIRED. ${not}\nReason: ${plain(reason)}\nRequest ID: ${requestId}\nApproval ID: ${approvalId}
1. Tell the user that this call needs approval, and name the approval ID. A person must approve it.
2. ${elsewhere}
3. Once the user says that it is approved, call the tool again with the same arguments.`;
}

/** What was thrown in place of an Error. An object may refuse to be a text. */
const textOf = (thrown: unknown): string => (isObject(thrown) ? "no error" : String(thrown));

/** The error, with a text that a model understands: what has not happened, why, and what to do now. */
function refusal(error: unknown, toolName: string): BehalfIDError {
  const text = error instanceof Error ? error.message : textOf(error);
  const known =
    error instanceof Error && error.name.startsWith("BehalfID")
      ? error
      : new BehalfIDConfigurationError(text);
  if (known !== error) known.cause = error;
  const told = Object.isFrozen(known) ? (Object.create(known) as BehalfIDError) : known; // by who was told of it
  const message = { value: explain(known, toolName), configurable: true, writable: true };
  return Object.defineProperty(told, "message", message);
}

/** One call of a tool. */
export interface Call<Result> {
  toolName: string;
  /** Makes what is asked. */
  request: () => Promise<VerifyRequest>;
  /** Runs once, and only after an allow. What it throws is thrown. */
  run: () => Result;
  options?: GuardOptions | undefined;
  /** Of the call, as the one of the options: no question and no run after either. */
  signal?: AbortSignal | null | undefined;
  /** What becomes of a refusal; thrown when left out. */
  refused?: (error: BehalfIDError) => Awaited<Result>;
}

/** One call of a tool of guardTools. */
type ToolRun<Result> = Pick<Call<Result>, "run" | "signal" | "refused"> & {
  /** Throws for a request that is not to be asked. */
  check?: (asked: VerifyRequest) => void;
};

/** Runs the tool after an allow. An error of the tool's own passes untouched; ours goes to `refused`. */
export async function runGuarded<Result>(behalf: Behalf, call: Call<Result>): Promise<Awaited<Result>> {
  const facts = { started: false };
  const run = (): Result => {
    facts.started = true;
    return call.run();
  };
  const { signal, release } = eitherOf(call.signal, call.options?.signal);
  try {
    return await behalf.guard(run, () => call.request(), { ...call.options, signal })();
  } catch (error) {
    if (facts.started) throw error;
    const ours = refusal(error, call.toolName);
    if (call.refused === undefined) throw ours;
    return call.refused(ours);
  } finally {
    release();
  }
}

/** Throws for options that are none: now, and not when the first tool is called. */
export function checkOptions(behalf: Behalf, options: GuardOptions | undefined): void {
  const client: unknown = behalf;
  if (!isObject(client) || typeof client["guard"] !== "function") {
    throw new BehalfIDConfigurationError("The first argument must be a BehalfID.");
  }
  behalf.guard(() => undefined, { action: "-" }, options);
}

/** What guards the tools of one guardTools. */
export class Guard {
  /** Throws BehalfIDConfigurationError for options that are none and for a mapping that does not fit the tools. */
  constructor(
    private readonly behalf: Behalf,
    private readonly mapping: ToolMapping | undefined,
    private readonly options: GuardOptions | undefined,
    toolNames: unknown[],
  ) {
    checkOptions(behalf, options);
    checkMapping(mapping, toolNames);
  }

  /** What guardTools does with a list of tools: each guarded, in its place. */
  static all<Tools extends { name?: string }[]>(
    behalf: Behalf,
    tools: [...Tools],
    mapping: ToolMapping | undefined,
    options: GuardOptions | undefined,
    guardOne: (guard: Guard, tool: Tools[number]) => unknown,
  ): Tools {
    const names = tools.map((tool) => tool.name);
    const guard = new Guard(behalf, mapping, options, names);
    return tools.map((tool) => guardOne(guard, tool)) as Tools;
  }

  /** `input` is a function, because reading it may fail. */
  run<Result>(
    toolName: string,
    input: () => unknown,
    { check, ...call }: ToolRun<Result>,
  ): Promise<Awaited<Result>> {
    const request = async (): Promise<VerifyRequest> => {
      const asked = await requestFor(this.mapping, toolName, input());
      check?.(asked);
      return asked;
    };
    return runGuarded(this.behalf, { ...call, toolName, request, options: this.options });
  }
}
