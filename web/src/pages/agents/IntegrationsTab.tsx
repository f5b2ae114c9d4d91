// SPDX-License-Identifier: Apache-2.0
import type { AgentView } from "../../api/agents.ts";
import { Card, Grid, Stack } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { KeyCard } from "./KeyCard.tsx";
import { PassportCard } from "./PassportCard.tsx";
import { codingAgent, commandLine, curlCall, mcpConfig, sdkCall, type Place } from "./snippets.ts";

function Programs({ place }: { place: Place }) {
  return (
    <Card title="From a program">
      <p>Ask before each action, and act only on a 200 with “allowed”: true.</p>
      <CodeBlock title="curl" code={curlCall(place)} />
      <CodeBlock title="TypeScript" code={sdkCall(place)} />
    </Card>
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
  const cards = [<KeyCard key="key" agent={agent} />, <PassportCard key="passport" agent={agent} />];
  return (
    <Stack>
      <Grid min="26rem">{agent.agentType === "connected" ? cards.reverse() : cards}</Grid>
      <Grid min="26rem">
        <CodingAgents place={place} />
        <Programs place={place} />
      </Grid>
    </Stack>
  );
}
