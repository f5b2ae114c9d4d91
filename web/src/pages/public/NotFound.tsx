// SPDX-License-Identifier: Apache-2.0
import { Link, useLocation } from "react-router";
import { useMaybeMe } from "../../session/session.tsx";
import { Mono } from "../../ui/Mono.tsx";
import styles from "./NotFound.module.css";
import { PassportCard } from "./PassportCard.tsx";

const WAYS = [
  { to: "/", name: "Home" },
  { to: "/sandbox", name: "Sandbox" },
  { to: "/docs", name: "Documentation" },
  { to: "/status", name: "Status" },
] as const;

/** The part of an address that says enough; it is anybody's text. */
function shortened(path: string): string {
  return path.length > 80 ? `${path.slice(0, 80)}…` : path;
}

export default function NotFound() {
  const me = useMaybeMe();
  const { pathname } = useLocation();
  const ways = me.data ? [{ to: "/dashboard", name: "Dashboard" }, ...WAYS] : WAYS;
  return (
    <div className={styles.nowhere}>
      <title>No such page · BehalfID</title>
      <div className={styles.text}>
        <h1>There is no page at this address</h1>
        <p>
          <Mono>{shortened(pathname)}</Mono>
        </p>
        <p className="soft">
          A link may be old, or a letter may be missing. Nothing was asked, decided or changed.
        </p>
        <nav aria-label="Ways on">
          <ul className={styles.ways}>
            {ways.map(({ to, name }) => (
              <li key={to}>
                <Link to={to}>{name}</Link>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      <div>
        <PassportCard
          holder="Nobody"
          facts={[
            ["Page", "none"],
            ["Status", "404"],
          ]}
          machine={["no such page", "404"]}
        />
      </div>
    </div>
  );
}
