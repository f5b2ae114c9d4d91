// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Approval } from "../api/types.ts";
import { newsOf } from "./useNews.ts";

const asked = { agentId: "agt_1", agentName: "Ann", action: "pay", vendor: "shop" } as unknown as Approval;

describe("newsOf", () => {
  it("names a single request, and counts several", () => {
    expect(newsOf([asked])).toBe("Ann waits for you: pay on shop.");
    expect(newsOf([asked, asked, asked])).toBe("3 new requests wait for you.");
    expect(newsOf([])).toBe("");
  });
});
