// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { changeRule, createRule, siteKey, type SiteDirectory, type SiteRule } from "../../api/sites.ts";
import { DialogForm } from "../../ui/DialogForm.tsx";
import { CheckField, LinesField, SelectField, TextArea, TextField, type Choice } from "../../ui/Field.tsx";
import { fieldFor } from "../../ui/fieldFor.ts";
import { useTell } from "../../ui/Notices.tsx";
import { useAction } from "../../ui/useAction.ts";
import { draftOf, fieldsOf, type RuleFields } from "./ruleDraft.ts";

/** A directory that a rule names may be gone from the trusted ones: it stays a choice, so that nothing is lost. */
function signatureChoices(directories: SiteDirectory[], chosen: string): Choice[] {
  const urls = new Set(directories.map((directory) => directory.url));
  if (chosen !== "" && chosen !== "*") urls.add(chosen);
  return [
    { value: "", label: "Not needed" },
    { value: "*", label: "Of any trusted directory" },
    ...[...urls].map((url) => ({ value: url, label: `Of ${url}` })),
  ];
}

interface PartProps {
  fields: RuleFields;
  set: (change: Partial<RuleFields>) => void;
}

function Visitors({ fields, set, directories }: PartProps & { directories: SiteDirectory[] }) {
  const field = fieldFor(fields, set);
  return (
    <>
      <h2>Which visitors</h2>
      <p className="note">
        At least one of the three. What a visitor says of itself proves nothing; a signature does.
      </p>
      <TextField
        label="User agent pattern"
        hint="* stands for anything: *Bot*"
        maxLength={240}
        spellCheck={false}
        autoComplete="off"
        {...field("userAgentPattern")}
      />
      <TextField
        label="Agent identifier"
        hint="What the agent calls itself; exactly, case does not matter."
        maxLength={180}
        spellCheck={false}
        autoComplete="off"
        {...field("agentIdentifier")}
      />
      <SelectField
        label="Signature"
        {...field("verifiedAgent")}
        choices={signatureChoices(directories, fields.verifiedAgent)}
      />
    </>
  );
}

function Places({ fields, set }: PartProps) {
  const field = fieldFor(fields, set);
  return (
    <>
      <h2>Which paths</h2>
      <LinesField
        label="Allowed paths"
        hint="One per line. /docs/* is all below /docs/; upper and lower case differ."
        placeholder="/docs/*"
        {...field("allowedPaths")}
      />
      <LinesField
        label="Blocked paths"
        hint="One per line. They win over allowed paths of every rule; case does not matter."
        placeholder="/admin/*"
        {...field("blockedPaths")}
      />
      <CheckField
        label="A person must agree first"
        hint="The site is told so, and the visitor is not let in."
        checked={fields.requiresApproval}
        onValue={(requiresApproval) => set({ requiresApproval })}
      />
      <TextArea label="Notes" hint="For the people of this account." maxLength={1000} {...field("notes")} />
    </>
  );
}

export function SiteRuleForm({
  siteId,
  rule,
  directories,
  onClose,
}: {
  siteId: string;
  rule: SiteRule | null;
  directories: SiteDirectory[];
  onClose: () => void;
}) {
  const [fields, setFields] = useState(() => fieldsOf(rule));
  const set = (change: Partial<RuleFields>) => setFields((all) => ({ ...all, ...change }));
  const action = useAction(siteKey(siteId));
  const tell = useTell();
  const save = () => {
    const draft = draftOf(fields);
    action.run(
      () =>
        rule === null
          ? createRule(siteId, { ...draft, status: "active" })
          : changeRule(siteId, rule.ruleId, draft),
      () => {
        tell("Rule saved. It counts from the next check on.");
        onClose();
      },
    );
  };
  return (
    <DialogForm action="Save rule" busy={action.busy} error={action.error} onSubmit={save} onCancel={onClose}>
      <TextField
        label="Name"
        required
        maxLength={120}
        autoComplete="off"
        {...fieldFor(fields, set)("name")}
      />
      <Visitors fields={fields} set={set} directories={directories} />
      <Places fields={fields} set={set} />
    </DialogForm>
  );
}
