// SPDX-License-Identifier: Apache-2.0
import * as Ariakit from "@ariakit/react";
import { Card } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import styles from "./NewAgent.module.css";
import { commandSnippet, curlSnippet, sdkSnippet } from "./snippets.ts";
import type { Trial } from "./wizard.ts";

/** The request of the page as code. */
export function Snippets({ agentId, trial }: { agentId: string; trial: Trial }) {
  const base = location.origin;
  const tabs = [
    { id: "curl", name: "curl", code: curlSnippet(base, agentId, trial) },
    { id: "sdk", name: "SDK", code: sdkSnippet(base, agentId, trial) },
    { id: "behalf", name: "behalf", code: commandSnippet(agentId, trial) },
  ];
  return (
    <Card title="The same from your side">
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
            <CodeBlock title={`Ask by ${name}`} code={code} />
          </Ariakit.TabPanel>
        ))}
      </Ariakit.TabProvider>
      <p className="note">
        They read the key from <code>BEHALFID_API_KEY</code>: copy the environment lines into the shell first.
      </p>
    </Card>
  );
}
