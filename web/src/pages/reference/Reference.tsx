// SPDX-License-Identifier: Apache-2.0
/** All operations of the API and all events, out of the document that the server hands out at /openapi.json. */
import { Braces } from "lucide-react";
import { useMemo, useState } from "react";
import { useLocation } from "react-router";
import openApi from "virtual:openapi";
import type { Section } from "../../../build/documents.ts";
import { PageHead } from "../../ui/Card.tsx";
import { TextField } from "../../ui/Field.tsx";
import { Empty } from "../../ui/States.tsx";
import { DocumentFrame } from "../public/DocumentFrame.tsx";
import { ReadOn } from "../public/ReadOn.tsx";
import { useHash } from "../public/useHash.ts";
import { credentialName } from "./credentials.ts";
import { OperationCard } from "./OperationCard.tsx";
import { groupsOf, matching, type Group } from "./operations.ts";
import { Prose, Words } from "./Prose.tsx";
import styles from "./Reference.module.css";

const GROUPS = groupsOf(openApi);
const COUNT = GROUPS.reduce((sum, group) => sum + group.calls.length, 0);
const IDS = new Set(GROUPS.flatMap((group) => group.calls.map((call) => call.operation.operationId)));
const SECTIONS: readonly Section[] = [
  { id: "conventions", title: "Conventions", level: 2 },
  { id: "credentials", title: "Credentials", level: 2 },
  ...GROUPS.map(({ id, name }) => ({ id, title: name, level: 2 })),
];

function anchorOf(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return "";
  }
}

/** What holds for all operations. */
function Basics() {
  const schemes = Object.entries(openApi.components.securitySchemes ?? {});
  return (
    <>
      <section className={styles.basics} aria-labelledby="conventions">
        <h2 id="conventions" tabIndex={-1}>
          Conventions
        </h2>
        <Prose text={openApi.info.description ?? ""} />
      </section>
      <section className={styles.basics} aria-labelledby="credentials">
        <h2 id="credentials" tabIndex={-1}>
          Credentials
        </h2>
        <dl className={styles.schemes}>
          {schemes.map(([name, { description }]) => (
            <div key={name}>
              <dt>{credentialName(name).replace(/^[a-z]/, (letter) => letter.toUpperCase())}</dt>
              <dd>
                <Words text={description ?? ""} />
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

/** Which operations are open. The one that the address names opens, also when it is named once more. */
function useOpen(onNamed: () => void) {
  const { hash, key } = useLocation();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [seen, setSeen] = useState("");
  const named = anchorOf(hash);
  const visit = `${key} ${named}`;
  if (visit !== seen) {
    setSeen(visit);
    if (named !== "") onNamed();
    if (IDS.has(named)) setOpen(new Set([...open, named]));
  }
  const toggle = (id: string, isOpen: boolean) => {
    setOpen((before) => {
      const after = new Set(before);
      if (isOpen) after.add(id);
      else after.delete(id);
      return after;
    });
  };
  return { open, toggle };
}

function Groups({
  groups,
  open,
  toggle,
}: {
  groups: readonly Group[];
  open: ReadonlySet<string>;
  toggle: (id: string, isOpen: boolean) => void;
}) {
  return groups.map(({ id, name, description, calls }) => (
    <section key={id} className={styles.group} aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        {name}
      </h2>
      {description === "" ? null : (
        <p className="soft">
          <Words text={description} />
        </p>
      )}
      {calls.map((call) => (
        <OperationCard
          key={call.operation.operationId}
          document={openApi}
          call={call}
          open={open.has(call.operation.operationId)}
          onOpen={(isOpen) => toggle(call.operation.operationId, isOpen)}
        />
      ))}
    </section>
  ));
}

export default function Reference() {
  const [search, setSearch] = useState("");
  const { open, toggle } = useOpen(() => setSearch(""));
  const groups = useMemo(() => matching(GROUPS, search), [search]);
  const found = groups.reduce((sum, group) => sum + group.calls.length, 0);
  const searching = search.trim() !== "";
  useHash();
  return (
    <DocumentFrame sections={SECTIONS}>
      <article className={styles.text}>
        <PageHead
          title="API reference"
          lead={`Every operation and event of version ${openApi.info.version}, with its fields, answers and errors.`}
        />
        <p>
          <a href="/openapi.json" className={styles.here}>
            <Braces size={16} aria-hidden /> The same as OpenAPI 3.1, for programs
          </a>
        </p>
        <form role="search" aria-label="Operations and events" onSubmit={(event) => event.preventDefault()}>
          <TextField
            label="Find an operation or event"
            type="search"
            placeholder="verify, webhook secret, agentId"
            value={search}
            onValue={setSearch}
          />
        </form>
        <p role="status" className="note">
          {searching ? `${found} of ${COUNT}` : COUNT} operations and events
        </p>
        {searching ? null : <Basics />}
        <Groups groups={groups} open={open} toggle={toggle} />
        {found === 0 ? <Empty title="No operation or event has all these words." /> : null}
        <ReadOn name="reference" />
      </article>
    </DocumentFrame>
  );
}
