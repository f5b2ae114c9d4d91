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

/** A button that asks first; its content is what will happen. */
function SwitchButton({ agent, on, children }: { agent: Agent; on: boolean; children: string }) {
  const [asked, setAsked] = useState(false);
  const refresh = useRefreshAgents();
  const tell = useTell();
  const turn = async () => {
    await switchAgent(agent.agentId, on);
    await refresh();
    tell(on ? "Agent enabled." : "Agent disabled. Its next request is denied.");
  };
  const verb = on ? "Enable" : "Disable";
  return (
    <>
      <Button look={on ? "plain" : "danger"} onClick={() => setAsked(true)}>
        {verb} agent
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={`${verb} ${agent.name}?`}
        action={`${verb} agent`}
        danger={!on}
        run={turn}
      >
        <p>{children}</p>
      </Confirm>
    </>
  );
}

function EnableButton({ agent }: { agent: Agent }) {
  return (
    <SwitchButton agent={agent} on>
      Its active permissions hold again at once.
    </SwitchButton>
  );
}

export function DisableButton({ agent }: { agent: Agent }) {
  return (
    <SwitchButton agent={agent} on={false}>
      From its next request on everything is denied, approved requests too. You can enable it again.
    </SwitchButton>
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
