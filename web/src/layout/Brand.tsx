// SPDX-License-Identifier: Apache-2.0
import { Link } from "react-router";
import styles from "./Layout.module.css";

export function Brand({ to = "/" }: { to?: string }) {
  return (
    <Link to={to} className={styles.brand}>
      <img src="/icon.svg" alt="" width={28} height={28} />
      BehalfID
    </Link>
  );
}

/** The first stop of the Tab key. */
export function SkipLink() {
  return (
    <a href="#content" className={styles.skip}>
      Skip to the content
    </a>
  );
}
