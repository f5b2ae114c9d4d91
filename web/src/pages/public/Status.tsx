// SPDX-License-Identifier: Apache-2.0
import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useServerStatus, type Health, type ServerStatus } from "../../api/public.ts";
import { Badge, type Tone } from "../../ui/Badge.tsx";
import { Card, Grid, PageHead, Stack } from "../../ui/Card.tsx";
import { Answer } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import styles from "./Status.module.css";

const HEALTH: Record<Health, { label: string; tone: Tone; icon: ReactNode; overall: string; text: string }> =
  {
    operational: {
      label: "Operational",
      tone: "allowed",
      icon: <CircleCheck size={14} aria-hidden />,
      overall: "Everything works",
      text: "Decisions are made and recorded, and events are delivered.",
    },
    degraded: {
      label: "Degraded",
      tone: "approval",
      icon: <TriangleAlert size={14} aria-hidden />,
      overall: "Something is slow or stands still",
      text: "See below which part. A decision that is answered is also recorded.",
    },
    outage: {
      label: "Outage",
      tone: "denied",
      icon: <CircleX size={14} aria-hidden />,
      overall: "Decisions cannot be recorded",
      text: "So none are made: every call is answered with 503, and callers must treat that as a denial.",
    },
  };

/** A word that this page does not know is no good news. */
function healthOf(status: string): (typeof HEALTH)[Health] {
  return Object.hasOwn(HEALTH, status) ? HEALTH[status as Health] : HEALTH.degraded;
}

function Overall({ status }: { status: ServerStatus }) {
  const { tone, icon, overall, text } = healthOf(status.overall);
  return (
    <div className={`${styles.overall} ${styles[tone]}`} role="status" aria-label="State of the server">
      <span className={styles.sign}>{icon}</span>
      <div>
        <p className={styles.title}>{overall}</p>
        <p>{text}</p>
      </div>
    </div>
  );
}

export default function Status() {
  const status = useServerStatus();
  return (
    <Stack>
      <PageHead title="Status" lead="What this server found when it last looked at its own parts." />
      <Answer query={status}>
        {(found) => (
          <>
            <Overall status={found} />
            <Grid min="26rem">
              {found.groupedComponents.map(({ group, components }) => (
                <Card key={group} title={group}>
                  <ul className={styles.parts}>
                    {components.map(({ name, status: state }) => {
                      const { label, tone, icon } = healthOf(state);
                      return (
                        <li key={name}>
                          <span>{name}</span>
                          <Badge tone={tone} icon={icon}>
                            {label}
                          </Badge>
                        </li>
                      );
                    })}
                  </ul>
                </Card>
              ))}
            </Grid>
            <p className={styles.note}>
              Asked <Time at={new Date(status.dataUpdatedAt).toISOString()} />, and again every 15 seconds
              while this page is open. Endpoints of webhooks that are slow or away do not count here. This
              server keeps no history of incidents; what it logs is described in{" "}
              <Link to="/docs/operating">Operating</Link>.
            </p>
          </>
        )}
      </Answer>
    </Stack>
  );
}
