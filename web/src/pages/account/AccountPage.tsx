// SPDX-License-Identifier: Apache-2.0
/** The shape of the pages around signing in: one narrow card with one form, and what else there is below it. */
import type { ReactNode } from "react";
import { Card, PageHead } from "../../ui/Card.tsx";
import styles from "./AccountPage.module.css";

export function AccountPage({
  title,
  lead,
  foot,
  children,
}: {
  title: string;
  lead?: ReactNode;
  foot?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className={styles.page}>
      <PageHead title={title} {...(lead !== undefined && { lead })} />
      <Card>{children}</Card>
      {foot === undefined ? null : <div className={styles.foot}>{foot}</div>}
    </div>
  );
}
