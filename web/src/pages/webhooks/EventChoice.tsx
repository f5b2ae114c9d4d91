// SPDX-License-Identifier: Apache-2.0
/** Which events an endpoint gets. */
import { Button } from "../../ui/Button.tsx";
import { CheckField } from "../../ui/Field.tsx";
import styles from "./EventChoice.module.css";
import { eventWords, groupTypes, withTypes, type EventGroup } from "./eventTypes.ts";

interface Choosing {
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

function Group({ group, chosen, onChange }: Choosing & { group: EventGroup }) {
  const hasAll = group.types.every((type) => chosen.includes(type));
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{group.name}</legend>
      {group.types.map((type) => (
        <CheckField
          key={type}
          label={<code className={styles.type}>{type}</code>}
          hint={eventWords(type)}
          checked={chosen.includes(type)}
          onValue={(wanted) => onChange(withTypes(chosen, [type], wanted))}
        />
      ))}
      {group.types.length > 1 ? (
        <div>
          <Button
            look="quiet"
            aria-label={`${hasAll ? "None" : "All"} of ${group.name}`}
            onClick={() => onChange(withTypes(chosen, group.types, !hasAll))}
          >
            {hasAll ? "None of these" : "All of these"}
          </Button>
        </div>
      ) : null}
    </fieldset>
  );
}

export function EventChoice({ types, chosen, onChange }: Choosing & { types: readonly string[] }) {
  return (
    <div className={styles.groups}>
      {groupTypes(types).map((group) => (
        <Group key={group.name} group={group} chosen={chosen} onChange={onChange} />
      ))}
    </div>
  );
}
