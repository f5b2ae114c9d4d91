// SPDX-License-Identifier: Apache-2.0
/**
 * Tools of LangChain.js (`tool(...)` and classes of `@langchain/core/tools`):
 *
 *     const agent = createAgent({ model, tools: guardTools(behalf, [buyTicket, sendEmail]) });
 *
 * What is not allowed does not run; the model reads why in a ToolMessage with status "error". Whoever invokes the tool
 * with mere arguments, and not with a tool call, gets the error thrown.
 */
import type { BehalfIDError, GuardOptions } from "../index.js";
import { Guard, refuseTool } from "./guarding.js";
import type { Behalf, ToolMapping } from "./guarding.js";

interface LangChainTool {
  name: string;
  invoke: (...given: any[]) => any;
}

/** What the classes have besides; `_call` is protected there. */
interface CallableTool extends LangChainTool {
  _call: (input: unknown, runManager?: unknown, config?: { signal?: AbortSignal }) => unknown;
  responseFormat?: string;
}

const isToolMessage = (value: unknown): value is { tool_call_id: string; status?: string } =>
  typeof value === "object" && value !== null && "tool_call_id" in value;

/** `_call` that asks: there the arguments are checked, and the tool would run. */
function guardCall(
  guard: Guard,
  tool: CallableTool,
  refused?: (error: BehalfIDError) => unknown,
): CallableTool["_call"] {
  return (input, runManager, config) => {
    const run = (): unknown => tool._call(input, runManager, config);
    return guard.run<unknown>(tool.name, () => input, {
      run,
      signal: config?.signal,
      ...(refused && { refused }),
    });
  };
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
    const _call = guardCall(guard, tool, (error) => {
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

function guardTool(guard: Guard, tool: CallableTool): CallableTool {
  const guarded = inFrontOf(tool, { _call: guardCall(guard, tool) });
  return inFrontOf(guarded, { invoke: guardInvoke(guard, tool, guarded) });
}

/**
 * The same tools, each of which asks before it runs.
 *
 * Throws BehalfIDConfigurationError for what is no tool of LangChain's classes: a provider's own tool, a runnable.
 */
export function guardTools<Tools extends LangChainTool[]>(
  behalf: Behalf,
  tools: [...Tools],
  mapping?: ToolMapping,
  options?: GuardOptions,
): Tools {
  const guard = new Guard(
    behalf,
    mapping,
    options,
    tools.map((tool) => tool.name),
  );
  return tools.map((tool) => {
    const callable = tool as unknown as CallableTool;
    if (typeof callable._call !== "function")
      refuseTool(tool.name, "it is none that runs here; make it with tool().");
    return guardTool(guard, callable);
  }) as unknown as Tools;
}
