// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { rotateKey, useRefreshAgents } from "../../api/agents.ts";
import type { Agent } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Facts } from "../../ui/Card.tsx";
import { SecretOnce } from "../../ui/Copy.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { Time } from "../../ui/Time.tsx";

/** The key of the agent: when it was made, and a new one. The key itself is in the answer that makes it alone. */
export function KeyCard({ agent }: { agent: Agent }) {
  const [asked, setAsked] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const refresh = useRefreshAgents();
  const mayManage = useMay("manage");
  const rotate = async () => {
    const { apiKey } = await rotateKey(agent.agentId);
    setSecret(apiKey);
    void refresh();
  };
  return (
    <Card
      title="API key"
      actions={mayManage ? <Button onClick={() => setAsked(true)}>Rotate key</Button> : undefined}
    >
      {secret !== null ? <SecretOnce name="New API key" secret={secret} /> : null}
      <Facts
        facts={[
          ["Key", "One, stored as a hash"],
          ["Created", <Time key="m" at={agent.keyRotatedAt ?? agent.createdAt} />],
          ["Rotated", agent.keyRotatedAt === null ? "Never" : <Time key="r" at={agent.keyRotatedAt} />],
          ["Last decision", <Time key="l" at={agent.lastUsedAt} />],
        ]}
      />
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title="Rotate the API key?"
        action="Rotate key"
        danger
        run={rotate}
      >
        <p>The present key is dead at once: the agent is denied until it has the new one.</p>
        <p>The new key is shown once, here.</p>
      </Confirm>
    </Card>
  );
}
