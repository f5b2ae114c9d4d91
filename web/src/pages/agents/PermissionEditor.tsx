// SPDX-License-Identifier: Apache-2.0
/** Makes a permission, or a new one in the place of an old one, and shows before what that changes. */
import { useEffect, useRef, useState, type SubmitEvent } from "react";
import {
  createPermission,
  replacePermission,
  useRefreshAgents,
  type AgentView,
  type Preview,
} from "../../api/agents.ts";
import { ApiError } from "../../api/client.ts";
import type { Permission, PermissionDraft } from "../../api/types.ts";
import { Button } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { Card, Row } from "../../ui/Card.tsx";
import { FormError, FormStack } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { useNow } from "../../ui/Time.tsx";
import { useAction } from "../../ui/useAction.ts";
import {
  checkDraft,
  cleanDraft,
  draftFromPermission,
  emptyDraft,
  fieldError,
  type DraftErrors,
} from "./permissionDraft.ts";
import styles from "./PermissionEditor.module.css";
import { PermissionFields } from "./PermissionFields.tsx";
import { PreviewPanel } from "./PreviewPanel.tsx";
import { WarningsNote } from "./PreviewWarnings.tsx";
import { TemplateChoice } from "./TemplateChoice.tsx";

/** One key for one content: sent again after a lost answer, a replacement is not made twice. */
function useIdempotencyKey(): (draft: PermissionDraft) => string {
  const last = useRef({ text: "", key: "" });
  return (draft) => {
    const text = JSON.stringify(draft);
    if (text !== last.current.text) {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      last.current = { text, key: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") };
    }
    return last.current.key;
  };
}

/** Saves the draft; `done` gets the new id. */
function useSave(view: AgentView, old: Permission | null, done: (permissionId: string) => void) {
  const refresh = useRefreshAgents();
  const tell = useTell();
  const keyOf = useIdempotencyKey();
  const action = useAction();
  const { agentId } = view.agent;
  const save = (draft: PermissionDraft) => {
    const clean = cleanDraft(draft);
    action.run(
      async () => {
        const made =
          old === null
            ? await createPermission(agentId, clean)
            : await replacePermission(agentId, old, clean, keyOf(clean));
        await refresh();
        return made.permissionId;
      },
      (permissionId) => {
        tell(old === null ? "Permission active." : "Permission replaced.");
        done(permissionId);
      },
    );
  };
  return { save, busy: action.busy, error: action.error };
}

/** What the server said, at its field where it is about one. */
function sortError(error: unknown): { fields: DraftErrors; rest: unknown } {
  const fields = error instanceof ApiError && error.status === 400 ? fieldError(error.message) : null;
  return fields === null ? { fields: {}, rest: error } : { fields, rest: null };
}

export function PermissionEditor({
  view,
  old: current,
  template,
  onClose,
}: {
  view: AgentView;
  /** The one to be replaced. */
  old: Permission | null;
  /** Id of the template to start from. */
  template: string | null;
  onClose: (permissionId: string | null) => void;
}) {
  // As it was when the person began: replacing fails if it has changed since.
  const [old] = useState(current);
  const [draft, setDraft] = useState(() => (old === null ? emptyDraft : draftFromPermission(old)));
  const [tried, setTried] = useState(false);
  const [warnings, setWarnings] = useState<Preview["warnings"]>([]);
  const { save, busy, error } = useSave(view, old, onClose);
  const { fields, rest } = sortError(error);
  const problems = checkDraft(draft, useNow());
  const hasProblems = Object.keys(problems).length > 0;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (!hasProblems) save(draft);
  };
  const heading = useRef<HTMLSpanElement>(null);
  useEffect(() => heading.current?.focus(), []); // the button that opened the form is gone
  const cancel = () => onClose(old?.permissionId ?? null);
  return (
    <div className={styles.columns}>
      <Card
        title={
          <span ref={heading} tabIndex={-1}>
            {old === null ? "New permission" : "Edit permission"}
          </span>
        }
      >
        <form onSubmit={submit} noValidate>
          <FormStack>
            {old === null ? (
              <TemplateChoice initial={template} onDraft={setDraft} />
            ) : (
              <p className="soft">
                Saving revokes the old permission and makes this one, in one step: no request falls between.
              </p>
            )}
            <PermissionFields
              draft={draft}
              onChange={setDraft}
              errors={{ ...(tried && problems), ...fields }}
            />
            <FormError error={rest} />
            {tried && hasProblems ? (
              <Callout tone="warning">Something above is missing or not possible.</Callout>
            ) : null}
            <div className={styles.warned}>
              <WarningsNote warnings={warnings} />
            </div>
            <Row>
              <Button type="submit" look="primary" busy={busy}>
                {old === null ? "Create permission" : "Replace permission"}
              </Button>
              <Button onClick={cancel}>Cancel</Button>
            </Row>
          </FormStack>
        </form>
      </Card>
      <PreviewPanel
        view={view}
        draft={draft}
        replaces={old?.permissionId ?? null}
        isSound={!hasProblems}
        onWarnings={setWarnings}
      />
    </div>
  );
}
