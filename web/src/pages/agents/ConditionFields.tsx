// SPDX-License-Identifier: Apache-2.0
/** One group of conditions of a permission. */
import type { Constraints } from "../../api/types.ts";
import { FieldRow, LinesField, TextField } from "../../ui/Field.tsx";
import { withField, type ConditionGroup, type DraftErrors, type ListConstraint } from "./permissionDraft.ts";
import styles from "./PermissionFields.module.css";

const TITLES: Record<ConditionGroup, { title: string; note?: string }> = {
  money: { title: "Amount and vendors" },
  paths: {
    title: "Paths",
    note: "Of read_file and write_file. * stands for anything but /, ** for anything; ~/ is the agent's home.",
  },
  commands: {
    title: "Commands",
    note: "Of execute_command. A tripwire, not a fence: for commands that matter, ask for approval.",
  },
  code: {
    title: "Branch, environment, repository",
    note: "As the request names them in its metadata. * stands for anything but /.",
  },
};

const LISTS: Record<Exclude<ConditionGroup, "money" | "commands">, [ListConstraint, string, string?][][]> = {
  paths: [
    [
      ["allowedPaths", "Allowed paths", "/srv/app/**"],
      ["deniedPaths", "Denied paths", "**/.env"],
    ],
  ],
  code: [
    [
      ["allowedBranches", "Allowed branches", "feature/**"],
      ["deniedBranches", "Denied branches", "main"],
    ],
    [
      ["allowedEnvironments", "Allowed environments", "staging"],
      ["deniedEnvironments", "Denied environments", "production"],
    ],
    [
      ["allowedRepositories", "Allowed repositories", "acme/*"],
      ["deniedRepositories", "Denied repositories"],
    ],
  ],
};

interface Props {
  group: ConditionGroup;
  constraints: Constraints;
  onChange: (constraints: Constraints) => void;
  errors: DraftErrors;
}

function ListCondition({
  name,
  label,
  hint = "One per line.",
  placeholder,
  constraints,
  onChange,
  errors,
}: Omit<Props, "group"> & { name: ListConstraint; label: string; hint?: string; placeholder?: string }) {
  return (
    <LinesField
      label={label}
      hint={hint}
      error={errors[name]}
      {...(placeholder !== undefined && { placeholder })}
      value={constraints[name] ?? []}
      onValue={(values) => onChange({ ...constraints, [name]: values })}
    />
  );
}

function MoneyFields(props: Omit<Props, "group">) {
  const { constraints, onChange, errors } = props;
  return (
    <FieldRow>
      <TextField
        label="Highest amount"
        hint="Of one request. Empty: no limit."
        type="number"
        min={0}
        step="any"
        inputMode="decimal"
        error={errors.maxAmount}
        value={constraints.maxAmount ?? ""}
        onValue={(text) =>
          onChange(withField(constraints, "maxAmount", text === "" ? undefined : Number(text)))
        }
      />
      <ListCondition
        {...props}
        name="allowedVendors"
        label="Allowed vendors"
        hint="One per line. Empty: any."
      />
    </FieldRow>
  );
}

export function ConditionFields({ group, ...props }: Props) {
  const { title, note } = TITLES[group];
  return (
    <fieldset className={styles.set}>
      <legend>{title}</legend>
      {note !== undefined ? <p className="note">{note}</p> : null}
      {group === "money" ? (
        <MoneyFields {...props} />
      ) : group === "commands" ? (
        <ListCondition
          {...props}
          name="deniedCommands"
          label="Denied commands"
          hint="One per line. A command that contains one of them is denied."
          placeholder="rm -rf"
        />
      ) : (
        LISTS[group].map((pair) => (
          <FieldRow key={pair[0]?.[0]}>
            {pair.map(([name, label, placeholder]) => (
              <ListCondition
                key={name}
                {...props}
                name={name}
                label={label}
                {...(placeholder !== undefined && { placeholder })}
              />
            ))}
          </FieldRow>
        ))
      )}
    </fieldset>
  );
}
