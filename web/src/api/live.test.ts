// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { atMostEvery, waitAfter } from "./live.ts";

describe("waitAfter", () => {
  it("doubles with each failure, up to half a minute", () => {
    expect([0, 1, 2, 3, 5, 6, 60].map(waitAfter)).toEqual([1000, 1000, 2000, 4000, 16_000, 30_000, 30_000]);
  });
});

describe("atMostEvery", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("runs at once, then once for all calls of an interval, and loses not the last", () => {
    const run = vi.fn();
    const changes = atMostEvery(400, run);
    changes.call();
    expect(run).toHaveBeenCalledTimes(1);
    changes.call();
    changes.call();
    vi.advanceTimersByTime(399);
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(4000);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("runs no more once it is stopped", () => {
    const run = vi.fn();
    const changes = atMostEvery(400, run);
    changes.call();
    changes.call();
    changes.stop();
    vi.advanceTimersByTime(4000);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
