// SPDX-License-Identifier: Apache-2.0
/** What stands beside a document: the way back, and its parts. */
import { ArrowLeft } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import type { Section } from "../../../build/documents.ts";
import styles from "./DocumentFrame.module.css";

const WIDE = "(min-width: 64rem)";

function Contents({ sections }: { sections: readonly Section[] }) {
  const [open] = useState(() => matchMedia(WIDE).matches);
  if (sections.length < 2) return <div />;
  return (
    <details className={styles.contents} open={open}>
      <summary>On this page</summary>
      <nav aria-label="On this page">
        <ul>
          {sections.map(({ id, title, level }) => (
            <li key={id} data-level={level}>
              <Link to={`#${id}`}>{title}</Link>
            </li>
          ))}
        </ul>
      </nav>
    </details>
  );
}

export function DocumentFrame({ sections, children }: { sections: readonly Section[]; children: ReactNode }) {
  return (
    <div className={styles.page}>
      <aside className={styles.side}>
        <Link to="/docs" className={styles.back}>
          <ArrowLeft size={16} aria-hidden /> All documents
        </Link>
        <Contents sections={sections} />
      </aside>
      {children}
    </div>
  );
}
