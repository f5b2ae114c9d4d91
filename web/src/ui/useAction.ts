// SPDX-License-Identifier: Apache-2.0
/**
 * One request that a form or button makes. Unlike a mutation of the query library it keeps nothing of the answer, so
 * that a secret in it lives nowhere but in the state of the component that shows it.
 */
import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useRef, useState } from "react";

export interface Action {
  busy: boolean;
  error: unknown;
  /** Sends `request` unless one is under way; then drops what the cache holds of `changes` and tells `done`. */
  run: <T>(request: () => Promise<T>, done?: (answer: T) => void) => void;
  /** Forgets the error. */
  clear: () => void;
}

export function useAction(...changes: QueryKey[]): Action {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const underWay = useRef(false);
  const run: Action["run"] = (request, done) => {
    if (underWay.current) return;
    underWay.current = true;
    setBusy(true);
    setError(null);
    request()
      .then((answer) => {
        for (const queryKey of changes) void client.invalidateQueries({ queryKey });
        done?.(answer);
      })
      .catch(setError)
      .finally(() => {
        underWay.current = false;
        setBusy(false);
      });
  };
  return { busy, error, run, clear: () => setError(null) };
}

/** For Confirm: sends the request and, when that worked, drops what the cache holds of `changes`. */
export function useThenDrop(): <T>(request: Promise<T>, ...changes: QueryKey[]) => Promise<T> {
  const client = useQueryClient();
  return async (request, ...changes) => {
    const answer = await request;
    for (const queryKey of changes) void client.invalidateQueries({ queryKey });
    return answer;
  };
}
