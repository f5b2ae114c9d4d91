// SPDX-License-Identifier: Apache-2.0
/** A text field whose value is passed on when typing pauses, at Enter, and when it is left: for filters. */
import { useEffect, useEffectEvent, useState, type ComponentProps } from "react";
import { TextField } from "./Field.tsx";

const PAUSE_MS = 300;

export function LateTextField({
  value,
  onValue,
  ...rest
}: Omit<ComponentProps<typeof TextField>, "value" | "onValue" | "onBlur" | "onKeyDown"> & {
  value: string;
  onValue: (value: string) => void;
}) {
  /** While somebody types, what they typed is shown, blanks at its end too; `value` has them trimmed. */
  const [draft, setDraft] = useState<{ text: string; passed: boolean } | null>(null);
  const pass = () => {
    if (draft === null || draft.passed) return;
    setDraft({ ...draft, passed: true });
    if (draft.text.trim() !== value) onValue(draft.text.trim());
  };
  const passLater = useEffectEvent(pass);
  useEffect(() => {
    if (draft === null || draft.passed) return;
    const timer = setTimeout(passLater, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  return (
    <TextField
      autoComplete="off"
      spellCheck={false}
      {...rest}
      value={draft?.text ?? value}
      onValue={(text) => setDraft({ text, passed: false })}
      onBlur={() => {
        pass();
        setDraft(null);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") pass();
      }}
    />
  );
}
