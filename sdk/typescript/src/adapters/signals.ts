// SPDX-License-Identifier: Apache-2.0
/** Two who may end a call: the framework, and whoever guards its tools. */

type Signal = AbortSignal | null | undefined;

/** A signal that is aborted as soon as one of the two is; `release` when it is not needed any more. (AbortSignal.any is
 * not in every Node 18.) */
export function eitherOf(
  one: Signal,
  other: Signal,
): { signal: AbortSignal | undefined; release: () => void } {
  const signals = [one, other].filter((signal) => signal !== undefined && signal !== null);
  if (signals.length < 2) return { signal: signals[0], release: () => undefined };
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const release = (): void => {
    for (const signal of signals) signal.removeEventListener("abort", stop);
  };
  for (const signal of signals) {
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  }
  return { signal: controller.signal, release };
}
