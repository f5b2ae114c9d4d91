// SPDX-License-Identifier: Apache-2.0
import { useState, type SyntheticEvent } from "react";

/** A form that is sent once at a time, and keeps what was said against it until it is sent again. */
export function useSubmit(run: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    run()
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return { busy, error, onSubmit };
}
