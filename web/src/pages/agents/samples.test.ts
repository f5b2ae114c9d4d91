// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { describeSample, emptySample, exampleOf, suggestSamples, toSample } from "./samples.ts";

describe("suggested requests", () => {
  test("go to the edge of the draft and beyond it", () => {
    const samples = suggestSamples({
      action: "purchase",
      resource: "coachella.com, tickets.example",
      allowedActions: ["checkout"],
      blockedActions: ["refund"],
      constraints: { maxAmount: 800 },
    });
    expect(samples.map(({ action, vendor, amount }) => [action, vendor, amount])).toEqual([
      ["purchase", "coachella.com", "800"],
      ["purchase", "coachella.com", "801"],
      ["purchase", "other.example", "800"],
      ["checkout", "coachella.com", "800"],
      ["refund", "coachella.com", "800"],
    ]);
  });

  test("of payments have an amount, and show which limit is taken away", () => {
    const amounts = (limitNow?: number) =>
      suggestSamples({ action: "purchase" }, limitNow).map(({ amount }) => amount);
    expect(amounts()).toEqual(["10"]);
    expect(amounts(800)).toEqual(["800", "801"]);
    expect(suggestSamples({ action: "send_email" }).map(({ amount }) => amount)).toEqual([""]);
  });

  test("of files and commands meet a denied pattern", () => {
    const files = suggestSamples({ action: "write_file", constraints: { deniedPaths: ["**/.env"] } });
    expect(files.map(({ path }) => path)).toEqual(["src/example.ts", ".env"]);
    const commands = suggestSamples({
      action: "execute_command",
      constraints: { deniedCommands: ["rm -rf"] },
    });
    expect(commands.map(({ command }) => command)).toEqual(["npm test", "rm -rf"]);
  });

  test("there are none without an action", () => {
    expect(suggestSamples({ action: " ", resource: "x" })).toEqual([]);
  });
});

test.each([
  ["**/.env", ".env"],
  ["/srv/app/**", "/srv/app/example"],
  ["feature/*", "feature/example"],
  ["main", "main"],
])("%s is met by %s", (pattern, text) => {
  expect(exampleOf(pattern)).toBe(text);
});

test("empty fields are not sent, and paths come with a folder to be relative to", () => {
  expect(toSample(emptySample(" purchase "))).toEqual({ action: "purchase" });
  expect(toSample({ ...emptySample("write_file"), path: "a", amount: "2.5", branch: " main " })).toEqual({
    action: "write_file",
    amount: 2.5,
    metadata: { branch: "main" },
    policyContext: { toolInput: { filePath: "a" }, cwd: "/home/agent/project", home: "/home/agent" },
  });
});

test("a request is told in one line", () => {
  expect(describeSample({ ...emptySample("purchase"), vendor: "a.example", amount: "5" })).toBe(
    "on a.example, amount 5",
  );
});
