// SPDX-License-Identifier: Apache-2.0
/**
 * Runnable tools of the Anthropic SDK (package `@anthropic-ai/sdk`), as its tool runner takes them:
 *
 *     client.beta.messages.toolRunner({ model, max_tokens, messages, tools: guardTools(behalf, [buyTicket]) });
 *
 * What is not allowed does not run; the model reads why in a tool_result with `is_error`.
 */
import type { GuardOptions } from "../index.js";
import { Guard, refuseTool, withMembers } from "./guarding.js";
import type { Behalf, ToolMapping } from "./guarding.js";

interface RunnableTool {
  name: string;
  run: (input: any, context?: any) => any;
}

type Run = (input: unknown, context?: { signal?: AbortSignal | null }) => unknown;

function guardRun(guard: Guard, tool: RunnableTool): Run {
  return (input, context) =>
    guard.run<unknown>(tool.name, () => input, {
      run: () => tool.run(input, context),
      signal: context?.signal,
    });
}

/**
 * The same tools, each of which asks before it runs.
 *
 * Throws BehalfIDConfigurationError for a tool without `run` (Anthropic or your own code runs it) and for a toolset.
 */
export function guardTools<Tools extends RunnableTool[]>(
  behalf: Behalf,
  tools: [...Tools],
  mapping?: ToolMapping,
  options?: GuardOptions,
): Tools {
  return Guard.all(behalf, tools, mapping, options, (guard, tool) => {
    if (typeof tool.run !== "function") refuseTool(tool.name, "it has no run, so it runs elsewhere.");
    if (typeof tool.name !== "string") refuseTool(tool.name, "it is a set of tools without a name.");
    return withMembers(tool, { run: guardRun(guard, tool) });
  });
}
