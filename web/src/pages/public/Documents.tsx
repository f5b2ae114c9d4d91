// SPDX-License-Identifier: Apache-2.0
import { Link } from "react-router";
import { PageHead, Stack } from "../../ui/Card.tsx";
import styles from "./Documents.module.css";
import { GROUPS } from "./documents.ts";

export default function Documents() {
  return (
    <Stack>
      <PageHead title="Documentation" lead="It belongs to this version of the server and comes with it." />
      {GROUPS.map((group) => (
        <section key={group.title} className={styles.group} aria-labelledby={`group-${group.title}`}>
          <div className={styles.about}>
            <h2 id={`group-${group.title}`}>{group.title}</h2>
            <p>{group.text}</p>
          </div>
          <ul className={styles.cards}>
            {group.documents.map(({ name, title, text }) => (
              <li key={name}>
                <Link to={`/docs/${name}`} className={styles.card}>
                  <span className={styles.title}>{title}</span>
                  <span className={styles.text}>{text}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Stack>
  );
}
