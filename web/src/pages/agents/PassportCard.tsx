// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { createPassport, revokePassport, useRefreshAgents } from "../../api/agents.ts";
import type { Agent } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Facts } from "../../ui/Card.tsx";
import { SecretOnce } from "../../ui/Copy.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { FormError } from "../../ui/Field.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { useAction } from "../../ui/useAction.ts";

type Question = "regenerate" | "revoke" | null;

/** The secret link that shows the agent's permissions to an assistant elsewhere. */
export function PassportCard({ agent }: { agent: Agent }) {
  const [question, setQuestion] = useState<Question>(null);
  const [link, setLink] = useState<string | null>(null);
  const refresh = useRefreshAgents();
  const tell = useTell();
  const mayManage = useMay("manage");
  const { busy, error, run } = useAction();
  const has = agent.publicPassportEnabled;
  const make = async () => {
    const { passportUrl } = await createPassport(agent.agentId);
    setLink(passportUrl);
    void refresh();
  };
  const revoke = async () => {
    await revokePassport(agent.agentId);
    setLink(null);
    void refresh();
    tell("Passport link revoked.");
  };
  const buttons = has ? (
    <>
      <Button onClick={() => setQuestion("regenerate")}>Regenerate link</Button>
      <Button look="danger" onClick={() => setQuestion("revoke")}>
        Revoke link
      </Button>
    </>
  ) : (
    <Button look="primary" busy={busy} onClick={() => run(make)}>
      Create link
    </Button>
  );
  return (
    <Card title="Passport" actions={mayManage ? buttons : undefined}>
      <p>A page for assistants that cannot ask this server: what the agent may do, as text. It is advice.</p>
      {link !== null ? <SecretOnce name="Passport link" secret={link} /> : null}
      <FormError error={error} />
      <Facts
        facts={[
          ["Link", has ? <Badge tone="accent">On</Badge> : <Badge>None</Badge>],
          [
            "Secret",
            agent.publicPassportTokenPreview && <Mono key="p">{agent.publicPassportTokenPreview}</Mono>,
          ],
        ]}
      />
      <Confirm
        open={question === "regenerate"}
        onClose={() => setQuestion(null)}
        title="Regenerate the passport link?"
        action="Regenerate link"
        danger
        run={make}
      >
        <p>The link of now is dead at once, for everybody who has it. The new one is shown once, here.</p>
      </Confirm>
      <Confirm
        open={question === "revoke"}
        onClose={() => setQuestion(null)}
        title="Revoke the passport link?"
        action="Revoke link"
        danger
        run={revoke}
      >
        <p>The link is dead at once. You can make a new one later.</p>
      </Confirm>
    </Card>
  );
}
