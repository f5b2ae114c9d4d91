// SPDX-License-Identifier: Apache-2.0
/** One operation: a line that opens. What is inside is worked out when it does. */
import { Link2 } from "lucide-react";
import { Fragment, useMemo } from "react";
import { Link } from "react-router";
import { Facts } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { Answers } from "./Answers.tsx";
import { credentialText, roleText } from "./credentials.ts";
import { curlOf } from "./curl.ts";
import { fieldLists, parameterField } from "./fields.ts";
import { Fields } from "./Fields.tsx";
import { resolve, type OpenApi } from "./openapi.ts";
import { examplesOf, shown, type Call } from "./operations.ts";
import { Prose } from "./Prose.tsx";
import styles from "./Reference.module.css";

const PLACES: Record<string, string> = { path: "in the path", query: "in the query", header: "a header" };

function Parameters({ document, call }: { document: OpenApi; call: Call }) {
  const parameters = call.operation.parameters ?? [];
  if (parameters.length === 0) return null;
  const fields = parameters.map((given) => {
    const field = parameterField(document, given);
    const place = PLACES[resolve(document, given).in] ?? "";
    return { ...field, type: `${field.type}, ${place}` };
  });
  return (
    <>
      <h4>Parameters</h4>
      <Fields caption="Parameters" fields={fields} />
    </>
  );
}

function Body({ document, call }: { document: OpenApi; call: Call }) {
  const body = call.operation.requestBody;
  if (body === undefined) return null;
  return (
    <>
      <h4>Body</h4>
      {Object.entries(body.content).map(([type, { schema }]) => (
        <div key={type} className={styles.part}>
          <p className="note">
            <code>{type}</code>
            {body.required === true ? "" : ", optional"}
          </p>
          {(schema === undefined ? [] : fieldLists(document, schema)).map(({ title, fields }) => (
            <div key={title} className={styles.part}>
              {title === "" ? null : <p className={styles.variant}>{title}</p>}
              <Fields caption={title === "" ? "Fields of the body" : `Fields: ${title}`} fields={fields} />
            </div>
          ))}
        </div>
      ))}
    </>
  );
}

function Examples({ document, call }: { document: OpenApi; call: Call }) {
  const [media] = Object.values(call.operation.requestBody?.content ?? {});
  const examples = examplesOf(media);
  if (call.isEvent === true)
    return examples.map(({ title, value }) => <CodeBlock key={title} title="Body" code={shown(value)} />);
  if (examples.length === 0) return <CodeBlock title="curl" code={curlOf(document, call)} />;
  return examples.map(({ title, value }) => (
    <CodeBlock key={title} title={`curl: ${title}`} code={curlOf(document, call, value)} />
  ));
}

function Inside({ document, call }: { document: OpenApi; call: Call }) {
  const { operation, isEvent } = call;
  const role = roleText(operation);
  const facts = useMemo(() => {
    const who: (readonly [string, string])[] = [["Credential", credentialText(document, operation)]];
    return role === null ? who : [...who, ["Role", role] as const];
  }, [document, operation, role]);
  return (
    <div className={styles.inside}>
      {operation.description === undefined ? null : <Prose text={operation.description} />}
      {isEvent === true ? null : <Facts facts={facts} />}
      <Parameters document={document} call={call} />
      <Body document={document} call={call} />
      <h4>Example</h4>
      <Examples document={document} call={call} />
      <h4>{isEvent === true ? "What to answer" : "Answers"}</h4>
      <Answers document={document} operation={operation} />
      <p>
        <Link to={`#${operation.operationId}`} className={styles.here}>
          <Link2 size={16} aria-hidden />
          <span>
            Link to <code>{operation.operationId}</code>
          </span>
        </Link>
      </p>
    </div>
  );
}

/** It breaks where its parts begin. */
function Path({ path }: { path: string }) {
  return (
    <code className={styles.path}>
      {path.split(/(?<=.)(?=\/)/).map((part, place) => (
        <Fragment key={place}>
          {place > 0 ? <wbr /> : null}
          {part}
        </Fragment>
      ))}
    </code>
  );
}

export function OperationCard({
  document,
  call,
  open,
  onOpen,
}: {
  document: OpenApi;
  call: Call;
  open: boolean;
  onOpen: (open: boolean) => void;
}) {
  const { method, path, operation, isEvent } = call;
  return (
    <details
      className={styles.operation}
      open={open}
      onToggle={(event) => {
        if (event.currentTarget.open !== open) onOpen(event.currentTarget.open);
      }}
    >
      <summary id={operation.operationId}>
        <h3 className={styles.line}>
          <span className={styles.method} data-method={method}>
            {isEvent === true ? "EVENT" : method.toUpperCase()}
          </span>{" "}
          <Path path={path} /> <span className={styles.summary}>{operation.summary}</span>
        </h3>
      </summary>
      {open ? <Inside document={document} call={call} /> : null}
    </details>
  );
}
