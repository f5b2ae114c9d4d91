// SPDX-License-Identifier: Apache-2.0
import { BehalfID } from "@behalfid/sdk";
import { guardTools } from "@behalfid/sdk/openai-agents";
import { Agent, tool } from "@openai/agents";
import type { Tool } from "@openai/agents";
import { z } from "zod";
import type { Same } from "./shared/same.mjs";

const behalf = new BehalfID();
const parameters = z.object({ shop: z.string() });
const buyTicket = tool({
  name: "buy_ticket",
  description: "",
  parameters,
  execute: async ({ shop }) => ({ shop }),
});
const getTime = tool({ name: "get_time", description: "", parameters: z.object({}), execute: () => "noon" });

const guarded = guardTools(behalf, [buyTicket, getTime]);
export const same: Same<typeof guarded, [typeof buyTicket, typeof getTime]> = true;
new Agent({ name: "Test", tools: guarded });

const listed: Tool[] = [buyTicket, getTime];
new Agent({ name: "Test", tools: guardTools(behalf, listed, { buy_ticket: { action: "purchase" } }) });
// @ts-expect-error: an amount is a number
guardTools(behalf, listed, { buy_ticket: { amount: "1" } });
