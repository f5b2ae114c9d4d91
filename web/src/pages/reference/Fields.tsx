// SPDX-License-Identifier: Apache-2.0
/** Fields with their types and limits. */
import { Table, type Column } from "../../ui/Table.tsx";
import type { Field } from "./fields.ts";
import { Words } from "./Prose.tsx";
import styles from "./Reference.module.css";

/** What a field is in stands back behind its own name; long names break where their parts end. */
function Name({ name }: { name: string }) {
  const at = name.lastIndexOf(".") + 1;
  return (
    <code className={styles.name}>
      {at > 0 ? (
        <>
          <span className="soft">{name.slice(0, at)}</span>
          <wbr />
        </>
      ) : null}
      {name === "" ? "(the whole)" : name.slice(at)}
    </code>
  );
}

const COLUMNS: readonly Column<Field>[] = [
  {
    name: "Field",
    head: true,
    roomy: true,
    cell: ({ name, required }) => (
      <span className={styles.field}>
        <Name name={name} />
        {required ? null : <span className="note">optional</span>}
      </span>
    ),
  },
  {
    name: "Type",
    cell: ({ type, limits }) => (
      <span className="lines">
        <span>{type}</span>
        {limits.map((limit) => (
          <span key={limit} className="note">
            <Words text={limit} />
          </span>
        ))}
      </span>
    ),
  },
  { name: "Meaning", cell: ({ description }) => <Words text={description} /> },
];

export function Fields({ caption, fields }: { caption: string; fields: readonly Field[] }) {
  return (
    <div className={styles.fields}>
      <Table caption={caption} columns={COLUMNS} rows={fields} rowKey={({ name }) => name} />
    </div>
  );
}
