// SPDX-License-Identifier: Apache-2.0
import { BehalfID } from "@behalfid/sdk";
import { guardTools } from "@behalfid/sdk/openai-agents";
import { Agent, run, tool } from "@openai/agents";
import { z } from "zod";

/** Stands for what such a tool would really do. */
function act(what) {
  console.log(`(tool) ${what}`);
  return what;
}

const buyTicket = tool({
  name: "buy_ticket",
  description: "Buys a ticket in a shop, by its host name, for a price in dollars.",
  parameters: z.object({ shop: z.string(), price: z.number() }),
  execute: ({ shop, price }) => act(`bought at ${shop} for ${price}`),
});

const promoteRelease = tool({
  name: "promote_release",
  description: "Promotes a release to production.",
  parameters: z.object({ release: z.string() }),
  execute: ({ release }) => act(`promoted ${release}`),
});

const deleteAccount = tool({
  name: "delete_account",
  description: "Deletes a customer's account.",
  parameters: z.object({ customer: z.string() }),
  execute: ({ customer }) => act(`deleted ${customer}`),
});

// As what each tool is asked. A tool without a row is asked by its name.
const requests = {
  buy_ticket: ({ shop, price }) => ({ action: "purchase", vendor: shop, amount: price }),
  promote_release: { action: "deploy_production", vendor: "vercel.com" },
};

const agent = new Agent({
  name: "Assistant",
  instructions: "Do what the user asks with your tools. Report what was refused, and never look for a way around it.",
  model: process.env.OPENAI_MODEL || "gpt-5-mini",
  tools: guardTools(new BehalfID(), [buyTicket, promoteRelease, deleteAccount], requests),
});

const task = process.argv.slice(2).join(" ") || "Buy a ticket at coachella.com for 742 dollars.";
const result = await run(agent, task);
console.log(result.finalOutput);
