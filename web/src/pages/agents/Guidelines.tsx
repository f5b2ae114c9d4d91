// SPDX-License-Identifier: Apache-2.0
/** Sentences that go into the passport and the context of a model. They advise; permissions decide. */
import { Plus, Trash2 } from "lucide-react";
import { useState, type SubmitEvent } from "react";
import { changeAgent, useRefreshAgents } from "../../api/agents.ts";
import type { Agent } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Row } from "../../ui/Card.tsx";
import { FormError, FormStack, TextField } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { useAction } from "../../ui/useAction.ts";
import styles from "./AgentPage.module.css";

const MOST = 20;
const LONGEST = 500;

function GuidelineList({ list, onChange }: { list: string[]; onChange: (list: string[]) => void }) {
  return (
    <ol className={styles.guidelines}>
      {list.map((text, index) => (
        <li key={index} className={styles.guideline}>
          <TextField
            label={`Guideline ${index + 1}`}
            maxLength={LONGEST}
            value={text}
            onValue={(value) => onChange(list.map((old, at) => (at === index ? value : old)))}
          />
          <Button
            look="quiet"
            aria-label={`Remove guideline ${index + 1}`}
            onClick={() => onChange(list.filter((_, at) => at !== index))}
          >
            <Trash2 size={18} aria-hidden />
          </Button>
        </li>
      ))}
    </ol>
  );
}

function GuidelineForm({ agent }: { agent: Agent }) {
  const [edits, setEdits] = useState<string[] | null>(null);
  const refresh = useRefreshAgents();
  const tell = useTell();
  const { busy, error, run } = useAction();
  const list = edits ?? agent.guidelines;
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const guidelines = list.map((text) => text.trim()).filter((text) => text !== "");
    run(
      () => changeAgent(agent.agentId, { guidelines }).then(refresh),
      () => {
        setEdits(null);
        tell("Guidelines saved.");
      },
    );
  };
  return (
    <form onSubmit={save}>
      <FormStack>
        {list.length > 0 ? <GuidelineList list={list} onChange={setEdits} /> : null}
        <div>
          {list.length < MOST ? (
            <Button icon={<Plus size={16} aria-hidden />} onClick={() => setEdits([...list, ""])}>
              Add a guideline
            </Button>
          ) : (
            <p className="soft">{MOST} guidelines are the most.</p>
          )}
        </div>
        <FormError error={error} />
        <Row>
          <Button type="submit" look="primary" busy={busy} disabled={edits === null}>
            Save guidelines
          </Button>
          {edits !== null ? (
            <Button look="quiet" onClick={() => setEdits(null)}>
              Undo
            </Button>
          ) : null}
        </Row>
      </FormStack>
    </form>
  );
}

export function Guidelines({ agent }: { agent: Agent }) {
  const mayManage = useMay("manage");
  return (
    <Card title="Guidelines">
      <p className="soft">
        Sentences for the model, in its passport and context. They advise; only permissions decide.
      </p>
      {mayManage ? (
        <GuidelineForm agent={agent} />
      ) : agent.guidelines.length > 0 ? (
        <ul className="bullets">
          {agent.guidelines.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      ) : (
        <p>None.</p>
      )}
    </Card>
  );
}
