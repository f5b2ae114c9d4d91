// SPDX-License-Identifier: Apache-2.0
import type { ComponentProps, ReactNode } from "react";
import { Confirm } from "./Dialog.tsx";

interface Props<T> extends Omit<ComponentProps<typeof Confirm>, "open" | "title" | "children" | "run"> {
  /** The row that was chosen; null: nothing is asked. */
  what: T | null;
  title: (what: T) => string;
  children: (what: T) => ReactNode;
  run: (what: T) => Promise<unknown>;
}

/** Asks before it acts on one of many. */
export function ConfirmFor<T>({ what, title, children, run, ...rest }: Props<T>) {
  return (
    <Confirm
      {...rest}
      open={what !== null}
      title={what === null ? "" : title(what)}
      run={async () => {
        if (what !== null) await run(what);
      }}
    >
      {what === null ? null : children(what)}
    </Confirm>
  );
}
