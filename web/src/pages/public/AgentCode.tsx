// SPDX-License-Identifier: Apache-2.0
/** The lines of the program around the agent, each with what became of it. */
import { ArrowDown, Ban, Check, CircleSlash, Hand, Minus } from "lucide-react";
import type { ReactNode } from "react";
import type { Outcome } from "../../api/types.ts";
import styles from "./AgentCode.module.css";
import { COURSE_TEXT, MARKS, courseOf, type Mark } from "./agentCode.ts";

const ICONS: Record<Mark, ReactNode> = {
  ran: <Check size={14} aria-hidden />,
  waits: <Hand size={14} aria-hidden />,
  throws: <CircleSlash size={14} aria-hidden />,
  never: <Ban size={14} aria-hidden />,
  later: <Minus size={14} aria-hidden />,
};

export function AgentCode({ outcome, action }: { outcome: Outcome; action: string }) {
  return (
    <div className={styles.course}>
      <ol className={styles.lines} aria-label="Lines of the agent's code">
        {courseOf(outcome, action).map((line) => (
          <li key={line.code} className={`${styles.line} ${styles[line.mark]}`}>
            <code>{line.code}</code>
            <span className={styles.mark}>
              {ICONS[line.mark]}
              {MARKS[line.mark]}
            </span>
          </li>
        ))}
      </ol>
      <p className={styles.text}>
        <ArrowDown size={16} aria-hidden />
        {COURSE_TEXT[outcome]}
      </p>
    </div>
  );
}
