// SPDX-License-Identifier: Apache-2.0
/** A sentence that must not be overlooked: a sign, a word about its kind for screen readers, and the text. */
import { CircleCheck, Info, TriangleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./Callout.module.css";

type Tone = "note" | "good" | "warning" | "danger";

const SIGNS: Record<Tone, { Icon: LucideIcon; word: string }> = {
  note: { Icon: Info, word: "Note" },
  good: { Icon: CircleCheck, word: "Done" },
  warning: { Icon: TriangleAlert, word: "Warning" },
  danger: { Icon: TriangleAlert, word: "Warning" },
};

export function Callout({
  tone = "note",
  live = false,
  title,
  children,
  actions,
}: {
  tone?: Tone;
  /** Appears while somebody is on the page: it is read out. */
  live?: boolean;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const { Icon, word } = SIGNS[tone];
  return (
    <div className={styles.callout} data-tone={tone} role={live ? "status" : undefined}>
      <Icon size={18} aria-label={word} role="img" className={styles.icon} />
      <div className={styles.text}>
        {title !== undefined ? <strong>{title}</strong> : null}
        {children !== undefined ? <div>{children}</div> : null}
      </div>
      {actions !== undefined ? <div className={styles.actions}>{actions}</div> : null}
    </div>
  );
}
