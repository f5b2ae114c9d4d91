// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import styles from "./Card.module.css";
import { Exact } from "./Exact.tsx";
import { plainText } from "./exactText.ts";
import { useTitleBadge } from "./titleBadge.ts";

/** A part of a page. `level` is that of its heading. */
export function Card({
  title,
  actions,
  level = 2,
  children,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  level?: 2 | 3;
  children: ReactNode;
}) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section className={styles.card}>
      {title !== undefined || actions !== undefined ? (
        <div className={styles.head}>
          {title !== undefined ? <Heading className={styles.title}>{title}</Heading> : <span />}
          {actions !== undefined ? <div className={styles.actions}>{actions}</div> : null}
        </div>
      ) : null}
      {children}
    </section>
  );
}

/** The head of a page; also its title in the window. */
export function PageHead({
  title,
  lead,
  actions,
  above,
}: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  /** Where the page belongs: a link back. */
  above?: ReactNode;
}) {
  const badge = useTitleBadge();
  return (
    <header className={styles.pageHead}>
      <title>{`${badge}${plainText(title)} · BehalfID`}</title>
      <div className={styles.pageText}>
        {above}
        <h1>
          <Exact text={title} />
        </h1>
        {lead !== undefined ? <p className={styles.lead}>{lead}</p> : null}
      </div>
      {actions !== undefined ? <div className={styles.actions}>{actions}</div> : null}
    </header>
  );
}

/** Parts below each other, in even steps. */
export function Stack({ children }: { children: ReactNode }) {
  return <div className={styles.stack}>{children}</div>;
}

/** Things beside each other that wrap. */
export function Row({ children }: { children: ReactNode }) {
  return <div className={styles.row}>{children}</div>;
}

/** Cards beside each other, as many as have room. */
export function Grid({
  children,
  min = "18rem",
}: {
  children: ReactNode;
  min?: "12rem" | "18rem" | "26rem";
}) {
  return (
    <div className={styles.grid} data-min={min}>
      {children}
    </div>
  );
}

/** Names and values. A value that is absent shows a dash. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value === null || value === undefined || value === "" ? "–" : value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One number with its name. */
export function Figure({ name, value, note }: { name: string; value: ReactNode; note?: ReactNode }) {
  return (
    <div className={styles.figure}>
      <div className={styles.figureName}>{name}</div>
      <div className={styles.figureValue}>{value}</div>
      {note !== undefined ? <div className={styles.figureNote}>{note}</div> : null}
    </div>
  );
}
