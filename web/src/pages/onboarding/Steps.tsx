// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, type ReactNode } from "react";
import styles from "./NewAgent.module.css";

export const STEPS = ["agent", "scope", "review", "decision"] as const;
export type Step = (typeof STEPS)[number];

export const STEP_NAMES: Record<Step, string> = {
  agent: "Agent",
  scope: "Permissions",
  review: "Review",
  decision: "First decision",
};

export function StepList({ now }: { now: Step }) {
  const at = STEPS.indexOf(now);
  return (
    <nav aria-label="Steps">
      <ol className={styles.steps}>
        {STEPS.map((step, number) => (
          <li
            key={step}
            aria-current={step === now ? "step" : undefined}
            data-done={number < at ? true : undefined}
          >
            <span className={styles.stepName}>{STEP_NAMES[step]}</span>
            {number < at ? <span className="visually-hidden"> (done)</span> : null}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** One step: when it takes the place of another one, the focus goes to it, so that it is read out. */
export function StepFrame({
  name,
  focused,
  children,
}: {
  name: string;
  focused: boolean;
  children: ReactNode;
}) {
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!focused) return;
    frame.current?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }, [focused]);
  return (
    <section ref={frame} tabIndex={-1} aria-label={name} className={styles.step}>
      {children}
    </section>
  );
}

export function StepEnds({ children }: { children: ReactNode }) {
  return <div className={styles.ends}>{children}</div>;
}
