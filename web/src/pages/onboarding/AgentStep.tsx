// SPDX-License-Identifier: Apache-2.0
import type { Catalogue } from "../../api/types.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { RadioCards } from "../../ui/ChoiceCards.tsx";
import { FieldRow, FormStack, SelectField, TextField } from "../../ui/Field.tsx";
import { StepEnds } from "./Steps.tsx";
import type { Kind, Plan } from "./wizard.ts";

const KINDS: { value: Kind; label: string; note: string }[] = [
  {
    value: "native",
    label: "Native: it asks before it acts",
    note: "Your code, a workflow or a coding agent calls BehalfID before each action and stops on a denial. This enforces.",
  },
  {
    value: "connected",
    label: "Connected: it reads a passport",
    note: "An assistant without code of yours, like a chat. It gets a link with what it may do. Advice: nothing stops it by itself.",
  },
];

export interface StepProps {
  plan: Plan;
  catalogue: Catalogue;
  onChange: (plan: Plan) => void;
  onNext: () => void;
}

export function AgentStep({ plan, catalogue, onChange, onNext }: StepProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (plan.name.trim() !== "") onNext();
      }}
    >
      <FormStack>
        <Card title="What is the agent?">
          <RadioCards
            label="How it learns what it may do"
            wide
            choices={KINDS}
            value={plan.kind}
            onValue={(kind) => onChange({ ...plan, kind })}
          />
          <FieldRow>
            <TextField
              label="Name"
              hint="As people will see it when they decide."
              required
              maxLength={120}
              autoComplete="off"
              value={plan.name}
              onValue={(name) => onChange({ ...plan, name })}
            />
            <SelectField
              label="Provider"
              hint="A label, no proof of who it is."
              choices={[
                { value: "", label: "As the preset says, or Custom" },
                ...catalogue.providers.map(({ id, label }) => ({ value: id, label })),
              ]}
              value={plan.provider ?? ""}
              onValue={(provider) => onChange({ ...plan, provider: provider === "" ? null : provider })}
            />
          </FieldRow>
          <TextField
            label="What it is for (optional)"
            maxLength={800}
            autoComplete="off"
            value={plan.description}
            onValue={(description) => onChange({ ...plan, description })}
          />
        </Card>
        <StepEnds>
          <span />
          <Button type="submit" look="primary">
            Next: what it may do
          </Button>
        </StepEnds>
      </FormStack>
    </form>
  );
}
