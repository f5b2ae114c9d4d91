// SPDX-License-Identifier: Apache-2.0
import * as Ariakit from "@ariakit/react";
import type { ReactNode } from "react";
import { Card } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import styles from "./NewAgent.module.css";
import { commandSnippet, curlSnippet, fetchSnippet, SDK_INSTALL, sdkSnippet } from "./snippets.ts";
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
    { id: "curl", name: "curl", code: curlSnippet(base, agentId, trial) },
    { id: "sdk", name: "SDK", code: sdkSnippet(base, agentId, trial) },
    { id: "fetch", name: "no library", code: fetchSnippet(trial) },
    { id: "behalf", name: "behalf", code: commandSnippet(agentId, trial) },
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
        {tabs.map(({ id, name, code }) => (
          <Ariakit.TabPanel key={id} tabId={id} className={styles.panel}>
            {id === "sdk" ? <CodeBlock title="Install the SDK" code={SDK_INSTALL} /> : null}
            <CodeBlock
              title={name === "no library" ? "Ask without a library" : `Ask by ${name}`}
              code={code}
            />
          </Ariakit.TabPanel>
        ))}
      </Ariakit.TabProvider>
    </Card>
  );
}
