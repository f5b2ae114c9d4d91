// SPDX-License-Identifier: Apache-2.0
/** Which members of a tool are LangChain's own. Nothing is imported from there, so they are known by what they look like. */

/** By each of these a tool is run. */
const ENTRIES = [
  "invoke",
  "call",
  "batch",
  "stream",
  "transform",
  "streamEvents",
  "streamLog",
  "_streamIterator",
] as const;

/** Classes of LangChain's with a `call` of their own, which ends in StructuredTool's. */
const CALLERS = ["DynamicTool", "DynamicStructuredTool"];

/** The object and all that it inherits from. */
function chainOf(tool: object): object[] {
  const chain: object[] = [];
  for (let one: object | null = tool; one !== null; one = Object.getPrototypeOf(one) as object | null)
    chain.push(one);
  return chain;
}

/** StructuredTool's prototype: where `invoke` comes from at last. */
const isStructuredTool = (one: object): boolean =>
  ["invoke", "call", "lc_namespace"].every((name) => Object.hasOwn(one, name));

/** Its own lc_name is what LangChain calls a class, also where a bundler has renamed it. `Tool` has none, and no _call. */
function isCaller(one: object): boolean {
  const made = (one as { constructor: { name: string; lc_name?: () => unknown } }).constructor;
  if (Object.hasOwn(made, "lc_name")) return CALLERS.includes(String(made.lc_name?.()));
  return made.name === "Tool" && !Object.hasOwn(one, "_call");
}

/** The member by which this tool runs in a way of its own; undefined when all are LangChain's. */
export function ownEntry(tool: object): string | undefined {
  const chain = chainOf(tool);
  const base = chain.map(isStructuredTool).lastIndexOf(true);
  if (base < 1) return "invoke";
  return ENTRIES.find((name) =>
    chain
      .slice(0, base)
      .some((one, at) => Object.hasOwn(one, name) && !(name === "call" && at > 0 && isCaller(one))),
  );
}
