// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import {
  commandSnippet,
  curlSnippet,
  fetchSnippet,
  nodeSnippet,
  pythonSnippet,
  shellWord,
} from "./snippets.ts";

const hostile = { action: "x'; touch /tmp/pwned; '", vendor: '$(id) `id` \\ "', amount: "", target: "" };

test("a shell takes any text as one word and runs nothing in it", () => {
  for (const text of [hostile.action, hostile.vendor, "", "a b", "line\nbreak", "-n", "~", "*"]) {
    const said = execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" });
    expect(said).toBe(text);
  }
});

test("the lines for shell and program hold what was asked, and no key", () => {
  const trial = { action: "purchase", vendor: "shop.example", amount: "3", target: "" };
  expect(commandSnippet("agent_1", trial)).toBe(
    "behalf verify agent_1 --action purchase --vendor shop.example --amount 3   # exit 0: allowed",
  );
  expect(curlSnippet("http://x", "agent_1", trial)).toContain(
    `'{"agentId":"agent_1","action":"purchase","vendor":"shop.example","amount":3}'`,
  );
  expect(curlSnippet("http://x", "agent_1", trial)).toContain("$BEHALFID_API_KEY");
});

test("programs write the request as a person would, and take any text as text", () => {
  const trial = { action: "purchase", vendor: '"});act("', amount: "3", target: "" };
  expect(nodeSnippet(trial)).toContain(
    'guard(act, {\n  action: "purchase",\n  vendor: "\\"});act(\\"",\n  amount: 3\n});',
  );
  expect(pythonSnippet(trial)).toContain('"vendor": "\\"});act(\\"",\n    "amount": 3\n})\ndef act');
  expect(fetchSnippet(trial)).toContain('await ask({\n  action: "purchase",\n');
  expect(fetchSnippet(trial)).not.toContain("agent_1");
});

test("a command that needs its text gets it", () => {
  const trial = { action: "execute_command", vendor: "", amount: "", target: "make test" };
  expect(commandSnippet("agent_1", trial)).toContain("--command 'make test'");
});
