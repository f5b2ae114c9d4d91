// SPDX-License-Identifier: Apache-2.0
import * as Ariakit from "@ariakit/react";
import type { ReactNode } from "react";
import { Card } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import styles from "./NewAgent.module.css";
import { npmInstall, pipInstall } from "../../sdk.ts";
import { commandSnippet, curlSnippet, fetchSnippet, nodeSnippet, pythonSnippet } from "./snippets.ts";
import type { Trial } from "./wizard.ts";

/** One request as code, in each way to ask. */
export function Snippets({
  title,
  agentId,
  trial,
  children,
}: {
  title: string;
  agentId: string;
  trial: Trial;
  /** What it needs first: the key in the environment. */
  children: ReactNode;
}) {
  const base = location.origin;
  const tabs = [
    { id: "curl", name: "curl", title: "Ask by curl", code: curlSnippet(base, agentId, trial) },
    {
      id: "node",
      name: "Node",
      title: "Guard a function",
      code: nodeSnippet(trial),
      install: npmInstall(base),
    },
    {
      id: "python",
      name: "Python",
      title: "Guard a function",
      code: pythonSnippet(trial),
      install: pipInstall(base),
    },
    { id: "fetch", name: "no library", title: "Ask without a library", code: fetchSnippet(trial) },
    { id: "behalf", name: "behalf", title: "Ask by behalf", code: commandSnippet(agentId, trial) },
  ];
  return (
    <Card title={title}>
      {children}
      <Ariakit.TabProvider defaultSelectedId="curl">
        <Ariakit.TabList aria-label="Ways to ask" className={styles.tabs}>
          {tabs.map(({ id, name }) => (
            <Ariakit.Tab key={id} id={id}>
              {name}
            </Ariakit.Tab>
          ))}
        </Ariakit.TabList>
        {tabs.map(({ id, title, code, install }) => (
          <Ariakit.TabPanel key={id} tabId={id} className={styles.panel}>
            {install === undefined ? null : <CodeBlock title="Install" code={install} />}
            <CodeBlock title={title} code={code} />
          </Ariakit.TabPanel>
        ))}
      </Ariakit.TabProvider>
    </Card>
  );
}
