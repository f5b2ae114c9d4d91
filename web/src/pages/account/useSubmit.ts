// SPDX-License-Identifier: Apache-2.0
import type { SyntheticEvent } from "react";
import { useAction } from "../../ui/useAction.ts";

/** A form that is sent once at a time, and keeps what was said against it until it is sent again. */
export function useSubmit(send: () => Promise<void>) {
  const { busy, error, run } = useAction();
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    run(send);
  };
  return { busy, error, onSubmit };
}
