// SPDX-License-Identifier: Apache-2.0
/** What an operation answers, by status; each is worked out when it is opened. */
import { useState } from "react";
import { Badge, type Tone } from "../../ui/Badge.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { fieldLists } from "./fields.ts";
import { Fields } from "./Fields.tsx";
import { resolve, type Media, type OpenApi, type Operation, type Response } from "./openapi.ts";
import { examplesOf, shown } from "./operations.ts";
import { Words } from "./Prose.tsx";
import styles from "./Reference.module.css";

/** Of errors, whose fields are always the same, the examples say more. */
const ERROR = "#/components/schemas/Error";

function Body({ document, type, media }: { document: OpenApi; type: string; media: Media }) {
  const { schema } = media;
  const lists =
    schema === undefined || schema.$ref === ERROR || type !== "application/json"
      ? []
      : fieldLists(document, schema);
  return (
    <>
      <p className="note">
        <code>{type}</code>
      </p>
      {lists.map(({ title, fields }) => (
        <div key={title} className={styles.part}>
          {title === "" ? null : <p className={styles.variant}>{title}</p>}
          <Fields caption={title === "" ? "Fields of the answer" : `Fields: ${title}`} fields={fields} />
        </div>
      ))}
      {examplesOf(media).map(({ title, value }) => (
        <CodeBlock key={title} title={title} code={shown(value)} wrap={type !== "application/json"} />
      ))}
    </>
  );
}

function toneOf(status: string): Tone {
  if (status.startsWith("2")) return "allowed";
  return status.startsWith("4") ? "approval" : "neutral";
}

function Status({ document, status, response }: { document: OpenApi; status: string; response: Response }) {
  const [open, setOpen] = useState(status.startsWith("2"));
  const content = Object.entries(response.content ?? {});
  return (
    <details className={styles.answer} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Badge tone={toneOf(status)}>{status === "default" ? "else" : status}</Badge>{" "}
        <Words text={response.description} />
      </summary>
      {open ? (
        <div className={styles.part}>
          {content.length === 0 ? <p className="note">Without a body.</p> : null}
          {content.map(([type, media]) => (
            <Body key={type} document={document} type={type} media={media} />
          ))}
        </div>
      ) : null}
    </details>
  );
}

export function Answers({ document, operation }: { document: OpenApi; operation: Operation }) {
  return (
    <div className={styles.answers}>
      {Object.entries(operation.responses).map(([status, response]) => (
        <Status key={status} document={document} status={status} response={resolve(document, response)} />
      ))}
    </div>
  );
}
