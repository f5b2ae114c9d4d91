// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Approval } from "../../api/types.ts";
import { askedInWords, boundTo, minutesInWords, statusOf } from "./words.ts";

describe("minutesInWords", () => {
  it("says hours and minutes, each only where there are any", () => {
    expect([1, 30, 60, 125, 1440, 0].map(minutesInWords)).toEqual([
      "1 minute",
      "30 minutes",
      "1 hour",
      "2 hours 5 minutes",
      "24 hours",
      "0 minutes",
    ]);
  });
});

describe("boundTo", () => {
  const asked = { argumentKind: null, vendor: null, amount: null } as unknown as Approval;
  it("names what must be the same", () => {
    expect(boundTo(asked)).toBe("this action");
    expect(boundTo({ ...asked, vendor: "v" })).toBe("this action and this resource");
    expect(boundTo({ ...asked, vendor: "v", amount: 0, argumentKind: "command" })).toBe(
      "this action, this command, this resource and this amount",
    );
  });
});

describe("askedInWords", () => {
  it("names who asks for what, and what cannot be seen in it", () => {
    const asked = {
      agentId: "agt_1",
      agentName: "Ann\u200b",
      action: "pay",
      vendor: null,
    } as unknown as Approval;
    expect(askedInWords(asked)).toBe("Ann[U+200B]: pay");
    expect(askedInWords({ ...asked, agentName: null, vendor: "shop" })).toBe("agt_1: pay on shop");
  });
});

describe("statusOf", () => {
  it("takes what it knows and shows what waits otherwise", () => {
    expect(statusOf("all")).toBe("all");
    expect(statusOf("toString")).toBe("pending");
    expect(statusOf(null)).toBe("pending");
  });
});
