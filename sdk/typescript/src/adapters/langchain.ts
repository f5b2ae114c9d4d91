// SPDX-License-Identifier: Apache-2.0
/**
 * Tools of LangChain.js (`tool(...)` and classes of `@langchain/core/tools`):
 *
 *     const agent = createAgent({ model, tools: guardTools(behalf, [buyTicket, sendEmail]) });
 *
 * What is not allowed does not run; the model reads why in a ToolMessage with status "error". Whoever invokes the tool
 * with mere arguments, and not with a tool call, gets the error thrown; so does who takes its `func`. A class with an
 * `invoke`, a `call` or a `stream` of its own is refused: only `_call` is known to come after the question.
 */
import type { BehalfIDError, GuardOptions } from "../index.js";
import { Guard, refuseTool } from "./guarding.js";
import type { Behalf, ToolMapping } from "./guarding.js";
import { ownEntry } from "./langchain-classes.js";

interface LangChainTool {
  name: string;
  invoke: (...given: any[]) => any;
}

type Run = (input: unknown, runManager?: unknown, config?: { signal?: AbortSignal }) => unknown;

/** What the classes have besides; `_call` is protected there. */
interface CallableTool extends LangChainTool {
  _call: Run;
  /** Of tools that are made of a function. */
  func?: Run;
  /** What the tool was made of: copies are made of it too. */
  lc_kwargs?: { func?: unknown };
  responseFormat?: string;
}

const isToolMessage = (value: unknown): value is { tool_call_id: string; status?: string } =>
  typeof value === "object" && value !== null && "tool_call_id" in value;

/** `_call` or `func` that asks: there the arguments are checked, and the tool would run. */
function guardRun(
  guard: Guard,
  tool: CallableTool,
  own: Run,
  refused?: (error: BehalfIDError) => unknown,
): Run {
  return (input, runManager, config) =>
    guard.run<unknown>(tool.name, () => input, {
      run: () => own.call(tool, input, runManager, config),
      signal: config?.signal,
      ...(refused && { refused }),
    });
}

/**
 * The tool with other members in front of its own. `_call` runs with the tool itself, so what is private to its class
 * stays in reach.
 */
function inFrontOf(tool: CallableTool, members: Partial<CallableTool>): CallableTool {
  return Object.create(tool, Object.getOwnPropertyDescriptors(members)) as CallableTool;
}

/** `invoke` with a tool call: the tool makes its ToolMessage of our text, and the status is set. */
function guardInvoke(guard: Guard, tool: CallableTool, guarded: CallableTool): LangChainTool["invoke"] {
  return async (...given: unknown[]): Promise<unknown> => {
    let refused: BehalfIDError | undefined;
    const _call = guardRun(guard, tool, tool._call, (error) => {
      refused = error;
      return tool.responseFormat === "content_and_artifact" ? [error.message, undefined] : error.message;
    });
    const output: unknown = await tool.invoke.apply(inFrontOf(guarded, { _call }), given);
    if (refused === undefined) return output;
    if (!isToolMessage(output)) throw refused;
    output.status = "error";
    return output;
  };
}

/** The function that the tool was made of asks as well: another tool may be made of it. */
function guardFunc(guard: Guard, tool: CallableTool): Partial<CallableTool> {
  const { func, lc_kwargs } = tool;
  const guarded = typeof func === "function" && { func: guardRun(guard, tool, func) };
  const made = lc_kwargs?.func;
  if (typeof made !== "function") return { ...guarded };
  return { ...guarded, lc_kwargs: { ...lc_kwargs, func: guardRun(guard, tool, made as Run) } };
}

function guardTool(guard: Guard, tool: CallableTool): CallableTool {
  const _call = guardRun(guard, tool, tool._call);
  const guarded = inFrontOf(tool, { _call, ...guardFunc(guard, tool) });
  return inFrontOf(guarded, { invoke: guardInvoke(guard, tool, guarded) });
}

/**
 * The same tools, each of which asks before it runs.
 *
 * Throws BehalfIDConfigurationError for what is no tool of LangChain's classes (a provider's own tool, a runnable), and
 * for a class that runs by more than its `_call`.
 */
export function guardTools<Tools extends LangChainTool[]>(
  behalf: Behalf,
  tools: [...Tools],
  mapping?: ToolMapping,
  options?: GuardOptions,
): Tools {
  return Guard.all(behalf, tools, mapping, options, (guard, tool) => {
    const callable = tool as unknown as CallableTool;
    if (typeof callable._call !== "function")
      refuseTool(tool.name, "it is none that runs here; make it with tool().");
    const entry = ownEntry(callable);
    if (entry !== undefined)
      refuseTool(tool.name, `it has its own ${entry}, which would ask nobody; only _call can be guarded.`);
    return guardTool(guard, callable);
  });
}
