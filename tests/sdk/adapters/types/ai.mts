// SPDX-License-Identifier: Apache-2.0
import { BehalfID } from "@behalfid/sdk";
import { guardTools } from "@behalfid/sdk/ai";
import { dynamicTool, generateText, jsonSchema, tool } from "ai";
import type { LanguageModel } from "ai";
import { z } from "zod";
import type { Same } from "./shared/same.mjs";

declare const model: LanguageModel;
const behalf = new BehalfID();
const tools = {
  buyTicket: tool({
    inputSchema: z.object({ shop: z.string(), price: z.number() }),
    execute: async ({ shop }) => ({ boughtAt: shop }),
  }),
  count: tool({
    inputSchema: z.object({}),
    execute: async function* () {
      yield 1;
    },
  }),
  anything: dynamicTool({ inputSchema: jsonSchema({ type: "object" }), execute: async () => 1 }),
};

const guarded = guardTools(behalf, tools, {
  buyTicket: ({ shop, price }) => ({ action: "purchase", vendor: shop, amount: price }),
});
export const same: Same<typeof guarded, typeof tools> = true;

const result = await generateText({ model, tools: guarded, prompt: "Go" });
for (const one of result.toolResults) {
  if (!one.dynamic && one.toolName === "buyTicket") one.output.boughtAt satisfies string;
}

guardTools(behalf, tools, (toolName, input) => ({ action: toolName, metadata: input }), { approval: "wait" });
guardTools(behalf, tools, { action: "use_tools", vendor: "shop" });
// @ts-expect-error: the tool has no such argument
guardTools(behalf, tools, { buyTicket: ({ town }) => ({ action: "purchase", vendor: town }) });
// @ts-expect-error: there is no such tool
guardTools(behalf, tools, { buyTickets: { action: "purchase" } });
// @ts-expect-error: a request has no such member
guardTools(behalf, tools, { buyTicket: { price: 1 } });
