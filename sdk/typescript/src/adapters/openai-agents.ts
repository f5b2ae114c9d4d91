// SPDX-License-Identifier: Apache-2.0
/**
 * Function tools of the OpenAI Agents SDK (package `@openai/agents`):
 *
 *     const agent = new Agent({ name: "Buyer", tools: guardTools(behalf, [buyTicket, sendEmail]) });
 *
 * What is not allowed does not run; the model reads why as the tool's output. A tool with an output schema cannot answer
 * so: it answers by its errorFunction, and without one the error ends the run. A tool's own `needsApproval` still holds.
 *
 * The framework reads the arguments (defaults, coercions) only when the tool runs, and tells nobody: the mapping, and
 * `needsApproval` as a function, see them as the model wrote them. So a vendor, resource or amount that a mapping names
 * and leaves undefined is a mistake here, and nothing runs: write defaults into the mapping, or have none in the schema.
 */
import { BehalfIDConfigurationError } from "../errors.js";
import type { BehalfIDError, GuardOptions, VerifyRequest } from "../index.js";
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

/** An argument that the model has left out may have a default, which nobody has been asked about. */
function checkFields(asked: VerifyRequest): void {
  for (const name of ["vendor", "resource", "amount"] as const) {
    if (!Object.hasOwn(asked, name) || asked[name] !== undefined) continue;
    throw new BehalfIDConfigurationError(
      `the mapping gives no ${name}: the model has left an argument out, and the tool's default is not known here.`,
    );
  }
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
      check: checkFields,
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
  return Guard.all(behalf, tools, mapping, options, (guard, tool) => {
    if (!isFunctionTool(tool)) refuseTool(tool.name, `it is a ${tool.type} tool; only function tools can.`);
    return withMembers(tool, { invoke: guardInvoke(guard, tool) });
  });
}
