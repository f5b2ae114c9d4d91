// SPDX-License-Identifier: Apache-2.0
/** Who the agent is said to be. Only what was edited is sent, so that two people do not undo each other. */
import { useState, type SubmitEvent } from "react";
import { changeAgent, useRefreshAgents, type AgentChange } from "../../api/agents.ts";
import type { Agent } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Facts, Row } from "../../ui/Card.tsx";
import { FieldRow, FormError, FormStack, SelectField, TextArea, TextField } from "../../ui/Field.tsx";
import { fieldFor } from "../../ui/fieldFor.ts";
import { Mono } from "../../ui/Mono.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { useAction } from "../../ui/useAction.ts";
import { CONNECTIONS, connectionLabel, providerLabel, PROVIDERS, TYPES } from "./words.ts";

type OptionalText =
  "externalAgentId" | "externalAgentLabel" | "description" | "ollamaBaseUrl" | "ollamaModel";

function IdentityFields({
  agent,
  edits,
  onEdit,
}: {
  agent: Agent;
  edits: AgentChange;
  onEdit: (edits: AgentChange) => void;
}) {
  const now = { ...agent, ...edits };
  const field = fieldFor(now, (part: AgentChange) => onEdit({ ...edits, ...part }));
  const text = (field: OptionalText) => ({
    value: now[field] ?? "",
    onValue: (value: string) => onEdit({ ...edits, [field]: value === "" ? null : value }),
  });
  return (
    <>
      <TextField label="Name" required maxLength={120} {...field("name")} />
      <FieldRow>
        <SelectField label="Provider" hint="A label, no proof." choices={PROVIDERS} {...field("provider")} />
        <SelectField label="Connection" choices={CONNECTIONS} {...field("connectionStatus")} />
      </FieldRow>
      <TextArea label="Description" maxLength={800} {...text("description")} />
      <FieldRow>
        <TextField label="External id" maxLength={180} {...text("externalAgentId")} />
        <TextField label="External name" maxLength={180} {...text("externalAgentLabel")} />
      </FieldRow>
      {now.provider === "ollama" || now.ollamaBaseUrl !== null || now.ollamaModel !== null ? (
        <FieldRow>
          <TextField
            label="Ollama address"
            placeholder="http://127.0.0.1:11434"
            maxLength={240}
            {...text("ollamaBaseUrl")}
          />
          <TextField label="Ollama model" maxLength={180} {...text("ollamaModel")} />
        </FieldRow>
      ) : null}
    </>
  );
}

function IdentityForm({ agent }: { agent: Agent }) {
  const [edits, setEdits] = useState<AgentChange>({});
  const refresh = useRefreshAgents();
  const tell = useTell();
  const { busy, error, run } = useAction();
  const isEdited = Object.keys(edits).length > 0;
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    run(
      () => changeAgent(agent.agentId, edits).then(refresh),
      () => {
        setEdits({});
        tell("Identity saved.");
      },
    );
  };
  return (
    <form onSubmit={save}>
      <FormStack>
        <IdentityFields agent={agent} edits={edits} onEdit={setEdits} />
        <FormError error={error} />
        <Row>
          <Button type="submit" look="primary" busy={busy} disabled={!isEdited}>
            Save identity
          </Button>
          {isEdited ? (
            <Button look="quiet" onClick={() => setEdits({})}>
              Undo
            </Button>
          ) : null}
        </Row>
      </FormStack>
    </form>
  );
}

export function Identity({ agent }: { agent: Agent }) {
  const mayManage = useMay("manage");
  return (
    <Card title="Identity">
      <p className="soft">
        {TYPES[agent.agentType].label}: {TYPES[agent.agentType].note}
      </p>
      {mayManage ? (
        <IdentityForm agent={agent} />
      ) : (
        <Facts
          facts={[
            ["Provider", providerLabel(agent.provider)],
            ["Connection", connectionLabel(agent.connectionStatus)],
            ["External id", agent.externalAgentId && <Mono key="i">{agent.externalAgentId}</Mono>],
            ["External name", agent.externalAgentLabel],
            ["Description", agent.description],
          ]}
        />
      )}
    </Card>
  );
}
