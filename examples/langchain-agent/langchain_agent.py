# SPDX-License-Identifier: Apache-2.0
"""An agent of LangChain whose tools ask BehalfID before they run: README.md tells how to start it."""

import os
import sys
from typing import Any

from behalfid import BehalfID
from behalfid.langchain import guard_tools
from langchain.agents import create_agent
from langchain_openai import ChatOpenAI


def act(what: str) -> str:
    """Stands for what such a tool would really do."""
    print(f"(tool) {what}", flush=True)
    return what


def buy_ticket(shop: str, price: float) -> str:
    """Buys a ticket in a shop, by its host name, for a price in dollars."""
    return act(f"bought at {shop} for {price:g}")


def promote_release(release: str) -> str:
    """Promotes a release to production."""
    return act(f"promoted {release}")


def delete_account(customer: str) -> str:
    """Deletes a customer's account."""
    return act(f"deleted {customer}")


# As what each tool is asked. A tool without a row is asked by its name.
REQUESTS = {
    "buy_ticket": {"action": "purchase", "vendor": lambda given: given["shop"], "amount": lambda given: given["price"]},
    "promote_release": {"action": "deploy_production", "vendor": "vercel.com"},
}
INSTRUCTIONS = "Do what the user asks with your tools. Report what was refused, and never look for a way around it."


def main() -> None:
    """Does what the words of the command line say."""
    task = " ".join(sys.argv[1:]) or "Buy a ticket at coachella.com for 742 dollars."
    # OPENAI_BASE_URL and OPENAI_API_KEY say where the model is: any server that speaks the Chat Completions API will do.
    model = ChatOpenAI(model=os.environ.get("OPENAI_MODEL") or "gpt-5-mini")
    with BehalfID() as behalf:
        tools = guard_tools(behalf, [buy_ticket, promote_release, delete_account], REQUESTS)
        agent: Any = create_agent(model=model, tools=tools, system_prompt=INSTRUCTIONS)
        result = agent.invoke({"messages": [{"role": "user", "content": task}]})
    print(result["messages"][-1].text)


if __name__ == "__main__":
    main()
