// SPDX-License-Identifier: Apache-2.0
/** What a program around an agent does with each outcome, line by line. */
import type { Outcome } from "../../api/types.ts";

export type Mark = "ran" | "waits" | "throws" | "never" | "later";

export interface CodeLine {
  code: string;
  mark: Mark;
}

export const MARKS: Record<Mark, string> = {
  ran: "ran",
  waits: "waits here",
  throws: "throws",
  never: "never reached",
  later: "not yet",
};

/** `db_migrate` becomes `dbMigrate`: a name that a program could have. */
export function functionName(action: string): string {
  const words = action.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const name = words
    .map((word, place) => (place === 0 ? word.toLowerCase() : (word[0]?.toUpperCase() ?? "") + word.slice(1)))
    .join("");
  return /^[a-z]/.test(name) ? name : "act";
}

const COURSES: Record<Outcome, readonly [Mark, Mark, Mark, Mark]> = {
  allowed: ["ran", "ran", "ran", "ran"],
  denied: ["ran", "ran", "throws", "never"],
  approval_required: ["ran", "waits", "later", "later"],
};

export function courseOf(outcome: Outcome, action: string): CodeLine[] {
  const marks = COURSES[outcome];
  return [
    { code: "let answer = await ask(request);", mark: marks[0] },
    { code: "if (answer.approvalRequired) answer = await afterApproval(answer);", mark: marks[1] },
    { code: "if (!answer.allowed) throw new Error(answer.reason);", mark: marks[2] },
    { code: `await ${functionName(action)}();`, mark: marks[3] },
  ];
}

export const COURSE_TEXT: Record<Outcome, string> = {
  allowed: "The answer is a yes. The code goes on and runs the action.",
  denied: "The code throws. The line that would have acted is never reached.",
  approval_required:
    "Nothing runs yet. The code waits until a person has decided, and then asks again in the same words.",
};
