// SPDX-License-Identifier: Apache-2.0
/** Parts of one thing, each with its own address. */
import { useEffect, useRef } from "react";
import { NavLink, useLocation } from "react-router";
import styles from "./Tabs.module.css";

export function Tabs({ label, tabs }: { label: string; tabs: readonly { to: string; name: string }[] }) {
  const bar = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  /* On a phone the bar scrolls: the part that is shown must not hide in it. */
  useEffect(() => {
    const current = bar.current?.querySelector<HTMLElement>("[aria-current]");
    if (!bar.current || !current) return;
    bar.current.scrollLeft = current.offsetLeft - (bar.current.clientWidth - current.offsetWidth) / 2;
  }, [pathname]);
  return (
    <nav ref={bar} aria-label={label} className={styles.tabs}>
      {tabs.map((tab) => (
        <NavLink key={tab.to} to={tab.to} end>
          {tab.name}
        </NavLink>
      ))}
    </nav>
  );
}
