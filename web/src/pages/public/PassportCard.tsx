// SPDX-License-Identifier: Apache-2.0
/** A permission drawn as a page of a passport, with the stamp of the decision on it. */
import { Bot } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import type { Outcome } from "../../api/types.ts";
import styles from "./PassportCard.module.css";

const STAMPS: Record<Outcome, string> = {
  allowed: "Allowed",
  denied: "Denied",
  approval_required: "A person decides",
};

/** Fine lines, as on paper that is hard to copy. */
function Guilloche() {
  return (
    <svg className={styles.lines} viewBox="0 0 400 400" aria-hidden>
      {Array.from({ length: 18 }, (_, line) => (
        <ellipse key={line} cx="200" cy="200" rx="190" ry="74" transform={`rotate(${line * 10} 200 200)`} />
      ))}
      {Array.from({ length: 6 }, (_, line) => (
        <circle key={line} cx="200" cy="200" r={30 + line * 9} />
      ))}
    </svg>
  );
}

/** Long names of actions break after an underscore, if they must. */
function breakable(text: string): ReactNode {
  return text.split(/(?<=\w{6}_)(?=\w{4})/).map((part, place) => (
    <Fragment key={place}>
      {place > 0 ? <wbr /> : null}
      {part}
    </Fragment>
  ));
}

/** The two lines at the foot that machines read; decoration here. */
export function machineLines(words: readonly string[], width = 34): [string, string] {
  const text = words.map((word) => word.toUpperCase().replace(/[^A-Z0-9]+/g, "<")).join("<<");
  const all = `BHF<${text}`.padEnd(width * 2, "<").slice(0, width * 2);
  return [all.slice(0, width), all.slice(width)];
}

export function PassportCard({
  title = "Permission passport",
  holder,
  facts,
  outcome = null,
  machine,
}: {
  title?: string;
  holder: string;
  facts: readonly (readonly [name: string, value: string])[];
  outcome?: Outcome | null;
  machine: readonly string[];
}) {
  const [first, second] = machineLines(machine);
  return (
    <div className={styles.card}>
      <Guilloche />
      <div className={styles.head}>
        <span className={styles.emblem} aria-hidden />
        <span>{title}</span>
      </div>
      <div className={styles.body}>
        <div className={styles.photo} aria-hidden>
          <Bot size={44} strokeWidth={1.4} />
        </div>
        <dl className={styles.facts}>
          <div className={styles.holder}>
            <dt>Holder</dt>
            <dd>{holder}</dd>
          </div>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{breakable(value)}</dd>
            </div>
          ))}
        </dl>
        {outcome === null ? null : (
          <div className={`${styles.stamp} ${styles[outcome]}`}>
            <span className="visually-hidden">Decision: </span>
            {STAMPS[outcome]}
          </div>
        )}
      </div>
      <div className={styles.machine} aria-hidden>
        <span>{first}</span>
        <span>{second}</span>
      </div>
    </div>
  );
}
