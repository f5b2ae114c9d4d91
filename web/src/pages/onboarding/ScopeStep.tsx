// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import type { Catalogue } from "../../api/types.ts";
import { Button } from "../../ui/Button.tsx";
import { Card, Stack } from "../../ui/Card.tsx";
import { CheckCards, RadioCards } from "../../ui/ChoiceCards.tsx";
import { TextField } from "../../ui/Field.tsx";
import type { StepProps } from "./AgentStep.tsx";
import { StepEnds } from "./Steps.tsx";
import { isChosen, labelOf, type Plan, type Source } from "./wizard.ts";

const SOURCES: { value: Source; label: string; note: string }[] = [
  { value: "preset", label: "A preset", note: "What such an agent usually needs." },
  { value: "templates", label: "Templates", note: "Put it together from ready permissions." },
  { value: "own", label: "Permissions of my own", note: "Name the action yourself." },
];

/** "Browse web; Make purchases, with approval" */
function scopesInWords(catalogue: Catalogue, ids: readonly string[]): string {
  return catalogue.templates
    .filter((template) => ids.includes(template.id))
    .map((template) => (template.requiresApproval ? `${template.label} (approval required)` : template.label))
    .join(", ");
}

function PresetChoice({ plan, catalogue, onChange }: Omit<StepProps, "onNext">) {
  return (
    <RadioCards
      label="Preset"
      choices={catalogue.presets.map((preset) => ({
        value: preset.id,
        label: preset.label,
        note: `${preset.description} ${scopesInWords(catalogue, preset.scopes)}.`,
      }))}
      value={plan.presetId}
      onValue={(presetId) => onChange({ ...plan, presetId })}
    />
  );
}

function toggled(plan: Plan, id: string, chosen: boolean): Plan {
  const others = plan.templateIds.filter((one) => one !== id);
  return { ...plan, templateIds: chosen ? [...others, id] : others };
}

function TemplateChoice({ plan, catalogue, onChange }: Omit<StepProps, "onNext">) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = catalogue.templates.filter(
    (template) =>
      template.action !== null &&
      `${template.label} ${template.description} ${template.resource ?? ""}`.toLowerCase().includes(wanted),
  );
  const categories = catalogue.categories.filter(({ id }) => found.some((one) => one.category === id));
  return (
    <Stack>
      <TextField
        label="Find a template"
        type="search"
        placeholder="email, deploy, stripe.com"
        autoComplete="off"
        value={search}
        onValue={setSearch}
      />
      {categories.length === 0 ? <p className="note">No template has that in its name.</p> : null}
      {categories.map(({ id }) => (
        <CheckCards
          key={id}
          label={labelOf(catalogue.categories, id)}
          choices={found
            .filter((template) => template.category === id)
            .map((template) => ({
              value: template.id,
              label: template.label,
              note: `${template.description}${template.requiresApproval ? " Approval required." : ""}`,
            }))}
          values={plan.templateIds}
          onToggle={(template, chosen) => onChange(toggled(plan, template, chosen))}
        />
      ))}
    </Stack>
  );
}

export function ScopeStep({ plan, catalogue, onChange, onNext, onBack }: StepProps & { onBack: () => void }) {
  const choice = { plan, catalogue, onChange };
  return (
    <Stack>
      <Card title={`What may ${plan.name.trim()} do?`}>
        <RadioCards
          label="Start from"
          choices={SOURCES}
          value={plan.source}
          onValue={(source) => onChange({ ...plan, source })}
        />
        {plan.source === "preset" ? <PresetChoice {...choice} /> : null}
        {plan.source === "templates" ? <TemplateChoice {...choice} /> : null}
        <p className="note">
          You can change each of them in the next step. What no permission covers is denied.
        </p>
      </Card>
      <StepEnds>
        <Button onClick={onBack}>Back</Button>
        <Button look="primary" disabled={!isChosen(plan)} onClick={onNext}>
          {plan.source === "own" ? "Next: name the permission" : "Next: review"}
        </Button>
      </StepEnds>
    </Stack>
  );
}
