// SPDX-License-Identifier: Apache-2.0
/** One request to try, and what would be said to it now and with the draft. */
import { ArrowRight, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Preview } from "../../api/agents.ts";
import { OutcomeBadge, outcomeOf } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Row } from "../../ui/Card.tsx";
import { FieldRow, FormStack, TextField } from "../../ui/Field.tsx";
import { reasonWords } from "../../ui/reasons.ts";
import { groupFits } from "./permissionDraft.ts";
import styles from "./PreviewPanel.module.css";
import { describeSample, isFileAction, SAMPLE_FOLDER, type SampleDraft } from "./samples.ts";

type Result = Preview["results"][number];

function Outcomes({ result }: { result: Result }) {
  const now = outcomeOf(result.now);
  const then = outcomeOf(result.then);
  return (
    <>
      <Row>
        <span className={styles.word}>Now</span>
        <OutcomeBadge outcome={now} />
        <ArrowRight size={16} aria-hidden />
        <span className={styles.word}>Then</span>
        <OutcomeBadge outcome={then} />
        {now === then ? <span className={styles.word}>No change</span> : <strong>Changes</strong>}
      </Row>
      <p className={styles.word}>{reasonWords(result.then.reason)}</p>
    </>
  );
}

const PLACES: readonly [keyof SampleDraft, string][] = [
  ["branch", "Branch"],
  ["environment", "Environment"],
  ["repository", "Repository"],
];

function SampleFields({ sample, onChange }: { sample: SampleDraft; onChange: (next: SampleDraft) => void }) {
  const field = (name: keyof SampleDraft) => ({
    autoComplete: "off",
    autoCapitalize: "none",
    spellCheck: false,
    value: sample[name],
    onValue: (value: string) => onChange({ ...sample, [name]: value }),
  });
  const action = sample.action.trim();
  const withPlaces = groupFits("code", action) || PLACES.some(([name]) => sample[name] !== "");
  return (
    <FormStack>
      <TextField label="Action" maxLength={80} {...field("action")} />
      <FieldRow>
        <TextField label="Resource" maxLength={200} {...field("vendor")} />
        <TextField label="Amount" type="number" min={0} step="any" {...field("amount")} />
      </FieldRow>
      {isFileAction(action) || sample.path !== "" ? (
        <TextField label="Path" hint={`The agent works in ${SAMPLE_FOLDER}.`} {...field("path")} />
      ) : null}
      {action === "execute_command" || sample.command !== "" ? (
        <TextField label="Command" {...field("command")} />
      ) : null}
      {withPlaces ? (
        <FieldRow>
          {PLACES.map(([name, label]) => (
            <TextField key={name} label={label} {...field(name)} />
          ))}
        </FieldRow>
      ) : null}
    </FormStack>
  );
}

export function SampleCard({
  number,
  sample,
  result,
  error,
  onChange,
  onRemove,
}: {
  number: number;
  sample: SampleDraft;
  result: Result | undefined;
  error: string | null;
  onChange: (next: SampleDraft) => void;
  onRemove: () => void;
}) {
  const [open, setOpen] = useState(sample.action === "");
  const changed = result !== undefined && outcomeOf(result.now) !== outcomeOf(result.then);
  return (
    <li className={styles.sample} data-changed={changed || undefined} aria-label={`Request ${number}`}>
      <div className={styles.sampleHead}>
        <div className={styles.request}>
          <code className="exact">{sample.action || "(no action)"}</code>
          <span className={styles.word}>{describeSample(sample)}</span>
        </div>
        <div className={styles.tools}>
          <Button
            look="quiet"
            aria-expanded={open}
            aria-label={`Change request ${number}`}
            onClick={() => setOpen(!open)}
          >
            <Pencil size={16} aria-hidden />
          </Button>
          <Button look="quiet" aria-label={`Remove request ${number}`} onClick={onRemove}>
            <Trash2 size={16} aria-hidden />
          </Button>
        </div>
      </div>
      {open ? <SampleFields sample={sample} onChange={onChange} /> : null}
      {error !== null ? <p role="alert">{error}</p> : null}
      {result !== undefined ? <Outcomes result={result} /> : null}
    </li>
  );
}
