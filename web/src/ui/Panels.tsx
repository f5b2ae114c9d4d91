// SPDX-License-Identifier: Apache-2.0
/** One of several contents at a time, in the same place; for what has no address of its own see Tabs. */
import * as Ariakit from "@ariakit/react";
import type { ReactNode } from "react";
import styles from "./Tabs.module.css";

export function Panels<V extends string>({
  label,
  panels,
  selected,
  onSelect,
  children,
}: {
  label: string;
  panels: readonly { id: V; name: string }[];
  selected: V;
  onSelect: (id: V) => void;
  /** The content of the selected one. */
  children: ReactNode;
}) {
  const select = (id: string | null | undefined) => {
    const found = panels.find((panel) => panel.id === id);
    if (found !== undefined) onSelect(found.id);
  };
  return (
    <Ariakit.TabProvider selectedId={selected} setSelectedId={select}>
      <Ariakit.TabList aria-label={label} className={styles.tabs}>
        {panels.map((panel) => (
          <Ariakit.Tab key={panel.id} id={panel.id} className={styles.panelTab}>
            {panel.name}
          </Ariakit.Tab>
        ))}
      </Ariakit.TabList>
      <Ariakit.TabPanel tabId={selected} className={styles.panel}>
        {children}
      </Ariakit.TabPanel>
    </Ariakit.TabProvider>
  );
}
