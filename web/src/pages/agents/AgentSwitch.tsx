// SPDX-License-Identifier: Apache-2.0
/** Switching an agent off and on. Off, every request of it is denied from the next one on. */
import { useState } from "react";
import { switchAgent, useRefreshAgents } from "../../api/agents.ts";
import type { Agent } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { useTell } from "../../ui/Notices.tsx";

function useSwitch(agent: Agent) {
  const refresh = useRefreshAgents();
  const tell = useTell();
  return async (on: boolean) => {
    await switchAgent(agent.agentId, on);
    await refresh();
    tell(on ? "Agent enabled." : "Agent disabled. Its next request is denied.");
  };
}

function EnableButton({ agent }: { agent: Agent }) {
  const [asked, setAsked] = useState(false);
  const turn = useSwitch(agent);
  return (
    <>
      <Button onClick={() => setAsked(true)}>Enable agent</Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={`Enable ${agent.name}?`}
        action="Enable agent"
        run={() => turn(true)}
      >
        <p>Its active permissions hold again at once.</p>
      </Confirm>
    </>
  );
}

export function DisableButton({ agent }: { agent: Agent }) {
  const [asked, setAsked] = useState(false);
  const turn = useSwitch(agent);
  return (
    <>
      <Button look="danger" onClick={() => setAsked(true)}>
        Disable agent
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={`Disable ${agent.name}?`}
        action="Disable agent"
        danger
        run={() => turn(false)}
      >
        <p>From its next request on everything is denied, approved requests too. You can enable it again.</p>
      </Confirm>
    </>
  );
}

export function DisabledNotice({ agent }: { agent: Agent }) {
  const mayManage = useMay("manage");
  if (agent.status === "active") return null;
  return (
    <Callout
      tone="danger"
      title="This agent is disabled"
      actions={mayManage ? <EnableButton agent={agent} /> : undefined}
    >
      Every request of it is denied.
    </Callout>
  );
}
