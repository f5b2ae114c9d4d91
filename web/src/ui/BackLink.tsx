// SPDX-License-Identifier: Apache-2.0
import { ArrowLeft } from "lucide-react";
import { Link } from "react-router";
import styles from "./Card.module.css";

/** Where a page belongs, above its head. */
export function BackLink({ to, name }: { to: string; name: string }) {
  return (
    <Link to={to} className={styles.back}>
      <ArrowLeft size={16} aria-hidden /> {name}
    </Link>
  );
}
