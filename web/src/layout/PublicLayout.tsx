// SPDX-License-Identifier: Apache-2.0
import { Suspense } from "react";
import { NavLink, Outlet } from "react-router";
import { useMaybeMe } from "../session/session.tsx";
import { ButtonLink } from "../ui/Button.tsx";
import { Loading } from "../ui/States.tsx";
import { Brand, SkipLink } from "./Brand.tsx";
import styles from "./Layout.module.css";
import { ThemeChoice } from "./ThemeChoice.tsx";
import { useTop } from "./useTop.ts";

/** Pages for everybody. */
export function PublicLayout() {
  const me = useMaybeMe();
  useTop();
  return (
    <div className={styles.public}>
      <SkipLink />
      <header className={styles.publicHead}>
        <Brand />
        <nav aria-label="Main" className={styles.publicNav}>
          <NavLink to="/sandbox">Sandbox</NavLink>
          <NavLink to="/docs">Documentation</NavLink>
          <NavLink to="/security">Security</NavLink>
        </nav>
        <div className={styles.headEnd}>
          <ThemeChoice />
          {me.data ? (
            <ButtonLink to="/dashboard" look="primary">
              Dashboard
            </ButtonLink>
          ) : (
            <ButtonLink to="/login" look="primary">
              Sign in
            </ButtonLink>
          )}
        </div>
      </header>
      <main id="content" className={styles.publicMain}>
        <Suspense fallback={<Loading lines={6} />}>
          <Outlet />
        </Suspense>
      </main>
      <footer className={styles.foot}>
        <p>BehalfID verifies what an agent is about to do. It controls nobody who does not ask.</p>
        <nav aria-label="More">
          <NavLink to="/status">Status</NavLink>
          <NavLink to="/docs/api">API</NavLink>
          <NavLink to="/security">Security and trust</NavLink>
        </nav>
      </footer>
    </div>
  );
}
