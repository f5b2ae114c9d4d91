// SPDX-License-Identifier: Apache-2.0
/**
 * Tools of the AI SDK (package `ai`):
 *
 *     const result = await generateText({ model, prompt, tools: guardTools(behalf, { buyTicket, sendEmail }) });
 *
 * What is not allowed does not run; the error becomes the call's tool-error, which the model reads.
 */
import type { GuardOptions } from "../index.js";
import { Guard, refuseTool, withMembers } from "./guarding.js";
import type { Behalf, ToolMapping, ToolRequest } from "./guarding.js";

interface AiTool {
  execute?: ((input: any, options: any) => any) | undefined;
}

type InputOf<T> = T extends { execute?: ((input: infer Input, ...rest: any[]) => any) | undefined }
  ? Input
  : any;
type Rows<Tools> = { [Name in keyof Tools]?: ToolRequest<InputOf<Tools[Name]>> };

type Execute = (input: unknown, options?: { abortSignal?: AbortSignal }) => unknown;

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof (value as AsyncIterable<unknown> | null | undefined)?.[Symbol.asyncIterator] === "function";

/** Only a generator says before it runs that its outputs are to be streamed. Of another stream the last item counts. */
const isGenerator = (execute: Execute): boolean =>
  Object.prototype.toString.call(execute) === "[object AsyncGeneratorFunction]";

async function lastOf(result: unknown): Promise<unknown> {
  if (!isStream(result)) return result;
  let last: unknown;
  for await (const item of result) last = item;
  return last;
}

function guardExecute(guard: Guard, name: string, tool: AiTool): Execute {
  const execute = tool.execute as Execute;
  const ask: (...given: Parameters<Execute>) => Promise<unknown> = (input, options) =>
    guard.run(name, () => input, {
      run: () => execute.call(tool, input, options),
      signal: options?.abortSignal,
    });
  if (!isGenerator(execute)) return async (input, options) => lastOf(await ask(input, options));
  return async function* (input, options) {
    yield* (await ask(input, options)) as AsyncIterable<unknown>;
  };
}

/**
 * The same tools, each of which asks before it runs.
 *
 * Throws BehalfIDConfigurationError for a tool that this process does not run (without `execute`, or run by the
 * provider): nobody would ask for it.
 */
export function guardTools<Tools extends Record<string, AiTool>>(
  behalf: Behalf,
  tools: Tools,
  mapping?: ToolMapping<Rows<Tools>>,
  options?: GuardOptions,
): Tools {
  const guard = new Guard(behalf, mapping as ToolMapping | undefined, options, Object.keys(tools));
  const guarded = Object.entries(tools).map(([name, tool]) => {
    if ((tool as { isProviderExecuted?: boolean }).isProviderExecuted)
      refuseTool(name, "its provider runs it.");
    if (typeof tool.execute !== "function") refuseTool(name, "it has no execute, so it runs elsewhere.");
    return [name, withMembers(tool, { execute: guardExecute(guard, name, tool) })] as const;
  });
  return Object.fromEntries(guarded) as Tools;
}
