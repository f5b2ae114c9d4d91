// SPDX-License-Identifier: Apache-2.0
import { ArrowLeft, ArrowRight } from "lucide-react";
import { Link } from "react-router";
import styles from "./ReadOn.module.css";
import { neighboursOf } from "./documents.ts";

/** The documents before and after this one. */
export function ReadOn({ name }: { name: string }) {
  const { before, after } = neighboursOf(name);
  return (
    <nav aria-label="Other documents" className={styles.readOn}>
      {before === null ? (
        <span />
      ) : (
        <Link to={`/docs/${before.name}`}>
          <ArrowLeft size={16} aria-hidden /> {before.title}
        </Link>
      )}
      {after === null ? null : (
        <Link to={`/docs/${after.name}`}>
          {after.title} <ArrowRight size={16} aria-hidden />
        </Link>
      )}
    </nav>
  );
}
