// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import type { PermissionDraft } from "../../api/types.ts";
import {
  checkDraft,
  cleanDraft,
  fieldError,
  fromLocalInput,
  groupsOf,
  shortcutTime,
  toLocalInput,
  withField,
} from "./permissionDraft.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

describe("fields follow the action", () => {
  test.each([
    ["execute_command", ["commands"]],
    ["read_file", ["paths"]],
    ["purchase", ["money"]],
    ["stripe:refund", ["money"]],
    ["deploy_production", ["code"]],
    ["github.merge", ["code"]],
    ["send_email", []],
    ["repayable", []],
    ["", []],
  ])("%s", (action, groups) => {
    expect(groupsOf({ action })).toEqual(groups);
  });

  test("what the permission covers besides counts too", () => {
    expect(groupsOf({ action: "deploy", allowedActions: [" write_file "] })).toEqual(["paths", "code"]);
  });
});

describe("what is sent", () => {
  test("empty texts and lines are left out, the rest is trimmed", () => {
    const draft: PermissionDraft = {
      action: " purchase ",
      description: " ",
      resource: " coachella.com",
      allowedActions: ["", " refund "],
      blockedActions: [" "],
      approvalGrantMinutes: 5,
      constraints: { maxAmount: 0, allowedVendors: ["", "a.example "], deniedPaths: [], expiresAt: "" },
    };
    expect(cleanDraft(draft)).toEqual({
      action: "purchase",
      resource: "coachella.com",
      allowedActions: ["refund"],
      requiresApproval: false,
      template: "purchase",
      constraints: { maxAmount: 0, allowedVendors: ["a.example"] },
    });
  });

  test("the time of an approval goes along only where there is one", () => {
    const clean = cleanDraft({ action: "x", requiresApproval: true, approvalGrantMinutes: 5 });
    expect(clean).toEqual({
      action: "x",
      requiresApproval: true,
      approvalGrantMinutes: 5,
      template: "custom",
    });
  });
});

describe("what the server would refuse", () => {
  test("is said at its field", () => {
    const errors = checkDraft(
      {
        action: " ",
        resource: "r".repeat(241),
        approvalGrantMinutes: 1441,
        constraints: { maxAmount: -1, expiresAt: "2026-11-21T12:00:00Z" },
      },
      NOW,
    );
    expect(Object.keys(errors).sort()).toEqual([
      "action",
      "approvalGrantMinutes",
      "expiresAt",
      "maxAmount",
      "resource",
    ]);
  });

  test("the edges are good", () => {
    expect(
      checkDraft(
        {
          action: "a".repeat(80),
          resource: "r".repeat(240),
          approvalGrantMinutes: 1440,
          constraints: { maxAmount: 0, expiresAt: "2026-11-21T12:00:01Z" },
        },
        NOW,
      ),
    ).toEqual({});
  });

  test.each([
    ["resource must be 240 characters or fewer.", "resource"],
    ["draft.notes must be 800 characters or fewer.", "notes"],
    ["draft.constraints.allowedPaths must be an array of non-empty strings.", "allowedPaths"],
    ["draft.constraints.maxAmount must be a non-negative number.", "maxAmount"],
    ["amount must be a non-negative number.", "maxAmount"],
  ])("%s", (message, field) => {
    expect(Object.keys(fieldError(message) ?? {})).toEqual([field]);
  });

  test("a sentence about no field is of the whole form", () => {
    expect(fieldError("Agent not found.")).toBeNull();
    expect(fieldError("")).toBeNull();
  });
});

describe("ends", () => {
  test("the shortcuts count from now", () => {
    const now = new Date(NOW);
    expect(shortcutTime("2 hours", now)).toBe("2026-11-21T14:00:00.000Z");
    expect(shortcutTime("7 days", now)).toBe("2026-11-28T12:00:00.000Z");
    const today = new Date(shortcutTime("today", now));
    expect([today.getDate(), today.getHours(), today.getMinutes()]).toEqual([now.getDate(), 23, 59]);
  });

  test("a time survives the input without a zone", () => {
    expect(fromLocalInput(toLocalInput("2026-11-21T14:05:00.000Z"))).toBe("2026-11-21T14:05:00.000Z");
    expect(toLocalInput("no time")).toBe("");
    expect(fromLocalInput("")).toBeUndefined();
  });
});

test("withField sets and takes away, and leaves the object as it was", () => {
  const draft: PermissionDraft = { action: "a", template: "custom" };
  expect(withField(draft, "template", undefined)).toEqual({ action: "a" });
  expect(withField(draft, "notes", "n")).toEqual({ action: "a", template: "custom", notes: "n" });
  expect(draft).toEqual({ action: "a", template: "custom" });
});
