// SPDX-License-Identifier: Apache-2.0
/** A sentence that must not be overlooked: a sign, a word about its kind for screen readers, and the text. */
import { Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./Callout.module.css";

export function Callout({
  tone = "note",
  title,
  children,
  actions,
}: {
  tone?: "note" | "warning" | "danger";
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Icon = tone === "note" ? Info : TriangleAlert;
  return (
    <div className={styles.callout} data-tone={tone}>
      <Icon size={18} aria-label={tone === "note" ? "Note" : "Warning"} role="img" className={styles.icon} />
      <div className={styles.text}>
        {title !== undefined ? <strong>{title}</strong> : null}
        {children !== undefined ? <div>{children}</div> : null}
      </div>
      {actions !== undefined ? <div className={styles.actions}>{actions}</div> : null}
    </div>
  );
}
