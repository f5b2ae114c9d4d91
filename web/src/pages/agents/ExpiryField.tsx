// SPDX-License-Identifier: Apache-2.0
import { Button } from "../../ui/Button.tsx";
import { TextField } from "../../ui/Field.tsx";
import { exactTime, relativeTime, useNow } from "../../ui/Time.tsx";
import { fromLocalInput, SHORTCUTS, shortcutTime, toLocalInput } from "./permissionDraft.ts";
import styles from "./PermissionFields.module.css";

/** When a permission ends: never, at a time, or by a shortcut. */
export function ExpiryField({
  value,
  onValue,
  error,
}: {
  value: string | undefined;
  onValue: (iso: string | undefined) => void;
  error?: string | undefined;
}) {
  const now = useNow();
  const hint =
    value === undefined
      ? "Never, until it is revoked."
      : `${relativeTime(Date.parse(value), now)}, ${exactTime(value)}`;
  return (
    <fieldset className={styles.set}>
      <legend>Ends</legend>
      <div className={styles.ends}>
        <TextField
          label="Date and time, in your zone"
          type="datetime-local"
          hint={<span aria-live="polite">{hint}</span>}
          error={error}
          value={toLocalInput(value)}
          onValue={(text) => onValue(fromLocalInput(text))}
        />
        <div className={styles.shortcuts} role="group" aria-label="Ends in">
          {SHORTCUTS.map((shortcut) => (
            <Button key={shortcut} onClick={() => onValue(shortcutTime(shortcut, new Date()))}>
              {shortcut}
            </Button>
          ))}
          <Button aria-pressed={value === undefined} onClick={() => onValue(undefined)}>
            never
          </Button>
        </div>
      </div>
    </fieldset>
  );
}
