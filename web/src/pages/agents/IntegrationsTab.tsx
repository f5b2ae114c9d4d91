// SPDX-License-Identifier: Apache-2.0
import type { AgentView } from "../../api/agents.ts";
import { Card, Grid } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { environmentLines } from "../onboarding/snippets.ts";
import { Snippets } from "../onboarding/Snippets.tsx";
import { trialOf, type Trial } from "../onboarding/wizard.ts";
import styles from "./AgentPage.module.css";
import { KeyCard } from "./KeyCard.tsx";
import { PassportCard } from "./PassportCard.tsx";
import { draftFromPermission } from "./permissionDraft.ts";
import { codingAgent, commandLine, mcpConfig, type Place } from "./snippets.ts";

function Programs({ place, trial }: { place: Place; trial: Trial }) {
  return (
    <Snippets title="From a program" agentId={place.agentId} trial={trial}>
      <p>Ask before each action, and act only on a 200 with “allowed”: true.</p>
      <CodeBlock title="Environment" code={environmentLines(place.origin, place.agentId, "bhf_sk_...")} />
    </Snippets>
  );
}

function CodingAgents({ place }: { place: Place }) {
  return (
    <Card title="From a coding agent">
      <p>The first lines tell this machine who the agent is; its key goes where the dots are.</p>
      <CodeBlock title="Command line" code={commandLine(place)} />
      <CodeBlock title="Claude Code, Codex, Cursor" code={codingAgent} />
      <CodeBlock title=".mcp.json, for other clients" code={mcpConfig} />
    </Card>
  );
}

export function IntegrationsTab({ view }: { view: AgentView }) {
  const { agent } = view;
  const place: Place = { origin: location.origin, agentId: agent.agentId };
  const own = view.permissions.find((permission) => permission.status === "active");
  const trial = trialOf(own === undefined ? { action: "deploy" } : draftFromPermission(own));
  const columns = [
    <div key="key" className={styles.column}>
      <KeyCard agent={agent} />
      <CodingAgents place={place} />
    </div>,
    <div key="passport" className={styles.column}>
      <PassportCard agent={agent} />
      <Programs place={place} trial={trial} />
    </div>,
  ];
  // A connected agent lives by its passport.
  return <Grid min="26rem">{agent.agentType === "connected" ? columns.reverse() : columns}</Grid>;
}
