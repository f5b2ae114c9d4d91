// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";

/** The value once it has not changed for a while: what is typed is not asked about letter by letter. */
export function useSettled<T>(value: T, pauseMs = 350): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return settled;
}
