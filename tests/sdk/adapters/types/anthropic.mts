// SPDX-License-Identifier: Apache-2.0
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { BehalfID } from "@behalfid/sdk";
import { guardTools } from "@behalfid/sdk/anthropic";
import { z } from "zod";
import type { Same } from "./shared/same.mjs";

const behalf = new BehalfID();
const buyTicket = betaZodTool({
  name: "buy_ticket",
  description: "",
  inputSchema: z.object({ shop: z.string() }),
  run: ({ shop }) => `bought at ${shop}`,
});
const getTime = betaTool({
  name: "get_time",
  description: "",
  inputSchema: { type: "object", properties: {} },
  run: () => "noon",
});

const tools = guardTools(behalf, [buyTicket, getTime], {
  buy_ticket: ({ shop }) => ({ action: "purchase", vendor: shop }),
});
export const same: Same<typeof tools, [typeof buyTicket, typeof getTime]> = true;
await new Anthropic().beta.messages.toolRunner({ model: "m", max_tokens: 9, messages: [], tools });
// @ts-expect-error: nobody here runs it
guardTools(behalf, [{ type: "web_search_20250305", name: "web_search" }]);
