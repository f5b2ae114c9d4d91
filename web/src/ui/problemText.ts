// SPDX-License-Identifier: Apache-2.0
/** What to say about something that failed. */
export function problemText(problem: unknown): string {
  return problem instanceof Error ? problem.message : "That did not work.";
}
