// SPDX-License-Identifier: Apache-2.0
import { useEffect, useEffectEvent, useState } from "react";
import { useCatalogue } from "../../api/templates.ts";
import type { PermissionDraft } from "../../api/types.ts";
import { SelectField, type Choice } from "../../ui/Field.tsx";
import { draftFromTemplate, emptyDraft } from "./permissionDraft.ts";

/** Begins a draft with a template, or with nothing. */
export function TemplateChoice({
  initial,
  onDraft,
}: {
  initial: string | null;
  onDraft: (draft: PermissionDraft) => void;
}) {
  const [chosen, setChosen] = useState(initial ?? "");
  const catalogue = useCatalogue();
  const { templates = [], categories = [] } = catalogue.data ?? {};
  const start = (id: string) => {
    const template = templates.find((one) => one.id === id);
    onDraft(template === undefined ? emptyDraft : draftFromTemplate(template));
  };
  const startInitial = useEffectEvent(() => {
    if (initial !== null) start(initial);
  });
  const isThere = catalogue.isSuccess;
  useEffect(() => {
    if (isThere) startInitial();
  }, [isThere]);
  const choices: Choice[] = [
    { value: "", label: "Own permission" },
    ...categories.flatMap((category) =>
      templates
        .filter((template) => template.category === category.id && template.id !== "custom")
        .map((template) => ({ value: template.id, label: template.label, group: category.label })),
    ),
  ];
  return (
    <SelectField
      label="Start from"
      hint={catalogue.isError ? "Templates cannot be read now." : "A template fills in the fields below."}
      choices={choices}
      value={choices.some((choice) => choice.value === chosen) ? chosen : ""}
      onValue={(id) => {
        setChosen(id);
        start(id);
      }}
    />
  );
}
