// SPDX-License-Identifier: Apache-2.0
/** An endpoint's address and events: for a new one, and to change one. */
import { useState } from "react";
import { DialogForm } from "../../ui/DialogForm.tsx";
import { TextField } from "../../ui/Field.tsx";
import { EventChoice } from "./EventChoice.tsx";

export interface WebhookDraft {
  url: string;
  events: string[];
}

export function WebhookForm({
  types,
  initial,
  action,
  save,
  onCancel,
}: {
  types: readonly string[];
  initial: WebhookDraft;
  action: string;
  save: (draft: WebhookDraft) => Promise<unknown>;
  onCancel: () => void;
}) {
  const [draft, setDraft] = useState(initial);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const change = (part: Partial<WebhookDraft>) => {
    setError(null);
    setDraft({ ...draft, ...part });
  };
  const submit = () => {
    if (draft.events.length === 0) {
      setError(new Error("Choose at least one event."));
      return;
    }
    setBusy(true);
    setError(null);
    save(draft)
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return (
    <DialogForm action={action} busy={busy} error={error} noValidate onSubmit={submit} onCancel={onCancel}>
      <TextField
        label="Address"
        hint="https, with a public host. Events come by POST, signed."
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        placeholder="https://example.com/behalfid"
        value={draft.url}
        onValue={(url) => change({ url })}
      />
      <EventChoice types={types} chosen={draft.events} onChange={(events) => change({ events })} />
    </DialogForm>
  );
}
