// SPDX-License-Identifier: Apache-2.0
/** Parts of one thing, each with its own address. */
import { NavLink } from "react-router";
import styles from "./Tabs.module.css";

export function Tabs({ label, tabs }: { label: string; tabs: readonly { to: string; name: string }[] }) {
  return (
    <nav aria-label={label} className={styles.tabs}>
      {tabs.map((tab) => (
        <NavLink key={tab.to} to={tab.to} end>
          {tab.name}
        </NavLink>
      ))}
    </nav>
  );
}
