// SPDX-License-Identifier: Apache-2.0
/** What a permission, or a draft of one, says, in the order in which people ask. */
import { Fragment, type ReactNode } from "react";
import type { Constraints } from "../../api/types.ts";
import { exactTime, Time } from "../../ui/Time.tsx";
import styles from "./PermissionTerms.module.css";

interface Terms {
  allowedActions?: string[];
  blockedActions?: string[];
  constraints?: Constraints;
  scope?: string | null;
  notes?: string | null;
}

const LISTS: readonly [keyof Constraints, string][] = [
  ["allowedVendors", "Vendors"],
  ["allowedPaths", "Paths"],
  ["deniedPaths", "Denied paths"],
  ["deniedCommands", "Denied commands"],
  ["allowedBranches", "Branches"],
  ["deniedBranches", "Denied branches"],
  ["allowedEnvironments", "Environments"],
  ["deniedEnvironments", "Denied environments"],
  ["allowedRepositories", "Repositories"],
  ["deniedRepositories", "Denied repositories"],
];

function Chips({ values }: { values: readonly string[] }) {
  return (
    <ul className={styles.chips}>
      {values.map((value, index) => (
        <li key={`${index} ${value}`}>
          <code>{value}</code>
        </li>
      ))}
    </ul>
  );
}

function rowsOf(terms: Terms): [string, ReactNode][] {
  const constraints = terms.constraints ?? {};
  const rows: [string, ReactNode][] = [];
  const add = (name: string, values: readonly string[] | undefined) => {
    if (values !== undefined && values.length > 0) rows.push([name, <Chips key={name} values={values} />]);
  };
  if (constraints.maxAmount !== undefined) rows.push(["Highest amount", String(constraints.maxAmount)]);
  for (const [field, name] of LISTS) {
    const values = constraints[field];
    if (Array.isArray(values)) add(name, values);
  }
  add("Also allows", terms.allowedActions);
  add("Blocks", terms.blockedActions);
  if (constraints.expiresAt !== undefined)
    rows.push([
      "Ends",
      <span key="ends">
        <Time at={constraints.expiresAt} /> <span className="note">{exactTime(constraints.expiresAt)}</span>
      </span>,
    ]);
  if (terms.scope) rows.push(["Scope", terms.scope]);
  if (terms.notes) rows.push(["Notes", terms.notes]);
  return rows;
}

export function PermissionTerms({ terms }: { terms: Terms }) {
  const rows = rowsOf(terms);
  if (rows.length === 0) return <p className="note">No further conditions.</p>;
  return (
    <dl className={styles.terms}>
      {rows.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
