// SPDX-License-Identifier: Apache-2.0
/**
 * Function tools of the OpenAI Agents SDK (package `@openai/agents`):
 *
 *     const agent = new Agent({ name: "Buyer", tools: guardTools(behalf, [buyTicket, sendEmail]) });
 *
 * What is not allowed does not run; the model reads why as the tool's output. A tool with an output schema cannot answer
 * so: it answers by its errorFunction, and without one the error ends the run. A tool's own `needsApproval` still holds;
 * as a function it sees the arguments as the model wrote them.
 */
import type { BehalfIDError, GuardOptions } from "../index.js";
import { Guard, refuseTool, withMembers } from "./guarding.js";
import type { Behalf, ToolMapping } from "./guarding.js";

interface AgentsTool {
  type: string;
  name?: string;
}

type Invoke = (context: any, input: string, details?: { signal?: AbortSignal }) => Promise<unknown>;

interface FunctionTool extends AgentsTool {
  name: string;
  invoke: Invoke;
  outputSchema?: unknown;
  errorFunction?: ((context: any, error: unknown, details?: any) => unknown) | null;
}

function isFunctionTool(tool: AgentsTool): tool is FunctionTool {
  return tool.type === "function" && typeof (tool as FunctionTool).invoke === "function";
}

function guardInvoke(guard: Guard, tool: FunctionTool): Invoke {
  return (context, input, details) => {
    const refused = (error: BehalfIDError): unknown => {
      if (tool.outputSchema === undefined) return error.message;
      if (!tool.errorFunction) throw error;
      return tool.errorFunction(context, error, details);
    };
    const run = (): Promise<unknown> => tool.invoke(context, input, details);
    return guard.run<unknown>(tool.name, () => JSON.parse(input) as unknown, {
      run,
      refused,
      signal: details?.signal,
    });
  };
}

/**
 * The same tools, each of which asks before it runs.
 *
 * Throws BehalfIDConfigurationError for a tool that is no function tool: OpenAI runs the hosted ones, and computers,
 * shells and editors act by themselves.
 */
export function guardTools<Tools extends AgentsTool[]>(
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
    if (!isFunctionTool(tool)) refuseTool(tool.name, `it is a ${tool.type} tool; only function tools can.`);
    return withMembers(tool, { invoke: guardInvoke(guard, tool) });
  }) as AgentsTool[] as Tools;
}
