// SPDX-License-Identifier: Apache-2.0
/** The fields of a permission. Conditions that fit the action come first; the others wait folded up. */
import { useId, useState, type ReactNode } from "react";
import type { Constraints, PermissionDraft } from "../../api/types.ts";
import { CheckField, FieldRow, FormStack, LinesField, TextArea, TextField } from "../../ui/Field.tsx";
import { ConditionFields } from "./ConditionFields.tsx";
import { ExpiryField } from "./ExpiryField.tsx";
import {
  GROUPS,
  groupsOf,
  isGroupSet,
  KNOWN_ACTIONS,
  withField,
  type DraftErrors,
} from "./permissionDraft.ts";
import styles from "./PermissionFields.module.css";

export interface PermissionFieldsProps {
  draft: PermissionDraft;
  onChange: (draft: PermissionDraft) => void;
  errors?: DraftErrors;
}

/** Folded up unless it holds something: what is set must be seen. */
function Fold({ title, hasValue, children }: { title: string; hasValue: boolean; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <details
      className={styles.fold}
      open={open || hasValue}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{title}</summary>
      <FormStack>{children}</FormStack>
    </details>
  );
}

function ApprovalFields({ draft, onChange, errors }: PermissionFieldsProps) {
  const needed = draft.requiresApproval === true;
  return (
    <fieldset className={styles.set}>
      <legend>Approval</legend>
      <CheckField
        label="A person must approve each request"
        hint="Otherwise requests within the conditions are allowed at once."
        checked={needed}
        onValue={(requiresApproval) => onChange({ ...draft, requiresApproval })}
      />
      {needed ? (
        <TextField
          label="An approval is good for (minutes)"
          hint="For one use within this time."
          type="number"
          min={1}
          max={1440}
          placeholder="30"
          inputMode="numeric"
          error={errors?.approvalGrantMinutes}
          value={draft.approvalGrantMinutes ?? ""}
          onValue={(text) =>
            onChange(withField(draft, "approvalGrantMinutes", text === "" ? undefined : Number(text)))
          }
        />
      ) : null}
    </fieldset>
  );
}

/** Fields of the draft that may be absent, which is to say empty. */
function optionalFields({ draft, onChange, errors }: PermissionFieldsProps) {
  return {
    text: (name: "resource" | "description" | "scope" | "notes") => ({
      error: errors?.[name],
      value: draft[name] ?? "",
      onValue: (text: string) => onChange({ ...draft, [name]: text }),
    }),
    list: (name: "allowedActions" | "blockedActions") => ({
      error: errors?.[name],
      value: draft[name] ?? [],
      onValue: (list: string[]) => onChange({ ...draft, [name]: list }),
    }),
  };
}

function MoreFields(props: PermissionFieldsProps) {
  const { draft } = props;
  const { text, list } = optionalFields(props);
  const texts = [draft.description, draft.scope, draft.notes].some((one) => (one ?? "") !== "");
  const lists = [draft.allowedActions, draft.blockedActions].some((one) => (one ?? []).length > 0);
  return (
    <Fold title="Further actions, description, notes" hasValue={texts || lists}>
      <FieldRow>
        <LinesField
          label="Also allows these actions"
          hint="One per line, under the same conditions."
          {...list("allowedActions")}
        />
        <LinesField
          label="Blocks these actions"
          hint="One per line. Denied to the agent, whatever its other permissions say."
          {...list("blockedActions")}
        />
      </FieldRow>
      <TextField label="Description" maxLength={240} {...text("description")} />
      <FieldRow>
        <TextArea
          label="Scope, in words"
          hint="For people and models; nothing enforces it."
          maxLength={500}
          {...text("scope")}
        />
        <TextArea label="Notes" hint="Shown in the passport." maxLength={800} {...text("notes")} />
      </FieldRow>
    </Fold>
  );
}

export function PermissionFields({ draft, onChange, errors = {} }: PermissionFieldsProps) {
  const actions = useId();
  const constraints = draft.constraints ?? {};
  const setConstraints = (next: Constraints) => onChange({ ...draft, constraints: next });
  const first = groupsOf(draft);
  const later = GROUPS.filter((group) => !first.includes(group));
  return (
    <FormStack>
      <FieldRow>
        <TextField
          label="Action"
          hint="Exactly as the agent sends it."
          list={actions}
          required
          maxLength={80}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          error={errors.action}
          value={draft.action}
          // The kind belonged to the action of before.
          onValue={(action) => onChange({ ...withField(draft, "template", undefined), action })}
        />
        <datalist id={actions}>
          {KNOWN_ACTIONS.map((action) => (
            <option key={action} value={action} />
          ))}
        </datalist>
        <TextField
          label="Resource"
          hint="The vendor or resource of the request; several with commas. Empty: any."
          maxLength={240}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...optionalFields({ draft, onChange, errors }).text("resource")}
        />
      </FieldRow>
      {first.map((group) => (
        <ConditionFields
          key={group}
          group={group}
          constraints={constraints}
          onChange={setConstraints}
          errors={errors}
        />
      ))}
      <ApprovalFields draft={draft} onChange={onChange} errors={errors} />
      <ExpiryField
        value={constraints.expiresAt}
        error={errors.expiresAt}
        onValue={(expiresAt) => setConstraints(withField(constraints, "expiresAt", expiresAt))}
      />
      {later.length > 0 ? (
        <Fold title="Further conditions" hasValue={later.some((group) => isGroupSet(group, constraints))}>
          {later.map((group) => (
            <ConditionFields
              key={group}
              group={group}
              constraints={constraints}
              onChange={setConstraints}
              errors={errors}
            />
          ))}
        </Fold>
      ) : null}
      <MoreFields draft={draft} onChange={onChange} errors={errors} />
    </FormStack>
  );
}
