// SPDX-License-Identifier: Apache-2.0
/** The first page: what waits, how it went, and whether everything works. Shadow calls decide nothing and do not count. */
import { Link, useSearchParams } from "react-router";
import { useRecentLogs } from "../../api/logs.ts";
import { sumOf, totalOf, useSummary, WINDOWS, type Summary, type Window } from "../../api/overview.ts";
import { useMay } from "../../session/session.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { Card, Figure, PageHead, Stack } from "../../ui/Card.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { LogTable } from "../logs/LogTable.tsx";
import { Decisions } from "./Decisions.tsx";
import { BusyAgents, Webhooks } from "./Health.tsx";
import styles from "./Overview.module.css";
import { Waiting } from "./Waiting.tsx";

const RECENT = 6;

function windowOf(text: string | null): Window {
  return WINDOWS.find((days) => String(days) === text) ?? 14;
}

function WindowChoice({ chosen }: { chosen: Window }) {
  return (
    <nav aria-label="Days shown" className={styles.windows}>
      {WINDOWS.map((days) => (
        <Link
          key={days}
          to={days === 14 ? "?" : `?days=${days}`}
          aria-current={days === chosen ? "true" : undefined}
        >
          {days} days
        </Link>
      ))}
    </nav>
  );
}

/** The API names the ten busiest at most. */
function activeAgents({ agents, days }: Summary): string {
  const count = agents.length < 10 ? String(agents.length) : "10 or more";
  return `${count} active in ${days.length} days`;
}

function Figures({ summary }: { summary: Summary }) {
  const today = summary.days.at(-1);
  const all = sumOf(summary.days);
  const span = `in ${summary.days.length} days`;
  return (
    <div className={styles.figures}>
      <Figure
        name="Decisions today"
        value={today === undefined ? 0 : totalOf(today)}
        note="since 00:00 UTC"
      />
      <Figure name="Denied" value={all.denied} note={span} />
      <Figure name="Agents" value={summary.totalAgents} note={activeAgents(summary)} />
      <Figure name="Permissions" value={summary.activePermissions} note="active" />
    </div>
  );
}

function Recent() {
  const recent = useRecentLogs({ shadow: "false" }, RECENT);
  return (
    <Card title="Newest decisions" actions={<Link to="/dashboard/logs">All activity</Link>}>
      <Answer query={recent} lines={RECENT}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No decision yet">Ask as an agent, and the answer is here a moment later.</Empty>
          ) : (
            <LogTable caption="Newest decisions" rows={rows} />
          )
        }
      </Answer>
    </Card>
  );
}

function FirstAgent() {
  const mayManage = useMay("manage");
  return (
    <Empty
      title="No agent yet"
      action={
        mayManage ? (
          <ButtonLink to="/dashboard/agents/new" look="primary">
            Add the first agent
          </ButtonLink>
        ) : null
      }
    >
      An agent gets a key and permissions, and asks before it acts.
    </Empty>
  );
}

function Numbers({ summary, days }: { summary: Summary; days: Window }) {
  if (summary.totalAgents === 0) return <FirstAgent />;
  return (
    <>
      <Figures summary={summary} />
      <Card title="Decisions by day" actions={<WindowChoice chosen={days} />}>
        <Decisions days={summary.days} />
        {summary.days.length < days ? (
          <p className="soft">The log is kept for {summary.days.length} days on this server.</p>
        ) : null}
      </Card>
      <Recent />
      <Card title="Agents by activity" actions={<Link to="/dashboard/agents">All agents</Link>}>
        <BusyAgents agents={summary.agents} />
      </Card>
      <Card title="Webhooks" actions={<Link to="/dashboard/webhooks">All webhooks</Link>}>
        <Webhooks webhooks={summary.webhooks} />
      </Card>
    </>
  );
}

export default function Overview() {
  const [params] = useSearchParams();
  const days = windowOf(params.get("days"));
  const summary = useSummary(days);
  return (
    <Stack>
      <PageHead title="Overview" />
      <Waiting />
      <Answer query={summary} lines={6}>
        {(numbers) => <Numbers summary={numbers} days={days} />}
      </Answer>
    </Stack>
  );
}
