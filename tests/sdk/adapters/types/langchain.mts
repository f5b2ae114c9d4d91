// SPDX-License-Identifier: Apache-2.0
import { BehalfID } from "@behalfid/sdk";
import { guardTools } from "@behalfid/sdk/langchain";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { createAgent, tool } from "langchain";
import { z } from "zod";
import type { Same } from "./shared/same.mjs";

const behalf = new BehalfID();
const buyTicket = tool(async ({ shop }) => `bought at ${shop}`, {
  name: "buy_ticket",
  schema: z.object({ shop: z.string() }),
});
const getTime = tool(() => "noon", { name: "get_time", schema: z.object({}) });

const guarded = guardTools(behalf, [buyTicket, getTime]);
export const same: Same<typeof guarded, [typeof buyTicket, typeof getTime]> = true;
createAgent({ model: "openai:gpt", tools: guarded });
new ToolNode(guarded);

const listed: StructuredToolInterface[] = [buyTicket, getTime];
createAgent({ model: "openai:gpt", tools: guardTools(behalf, listed, (name) => ({ action: name })) });
// @ts-expect-error: a function gives a request
guardTools(behalf, listed, (name) => name);
