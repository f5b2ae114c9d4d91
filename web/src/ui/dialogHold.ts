// SPDX-License-Identifier: Apache-2.0
/** What a window shows for the only time keeps it open until a button closes it. */
import { createContext, useContext, useEffect } from "react";

/** Begins to hold the window that is around; returns how to let it go. */
export type Hold = () => () => void;

export const HoldContext = createContext<Hold | null>(null);

/** While the component is there, neither Escape nor a click outside closes the window around it. */
export function useHoldOpen(): void {
  const hold = useContext(HoldContext);
  useEffect(() => hold?.(), [hold]);
}
