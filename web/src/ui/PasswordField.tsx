// SPDX-License-Identifier: Apache-2.0
import { useState, type InputHTMLAttributes, type ReactNode } from "react";
import { CheckField, FormStack, TextField } from "./Field.tsx";

export const PASSWORD_RULE = "10 to 200 characters.";

/** A password, hidden until somebody asks to see it. A `fresh` one says the rule and is offered for storing. */
export function PasswordField({
  fresh = false,
  ...rest
}: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  fresh?: boolean;
  hint?: ReactNode;
  error?: string | null;
} & Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "type">) {
  const [shown, setShown] = useState(false);
  return (
    <FormStack>
      <TextField
        hint={fresh ? PASSWORD_RULE : undefined}
        required
        {...(fresh && { minLength: 10, maxLength: 200 })}
        {...rest}
        type={shown ? "text" : "password"}
        autoComplete={fresh ? "new-password" : "current-password"}
        autoCapitalize="none"
        spellCheck={false}
      />
      <CheckField label="Show what I type" checked={shown} onValue={setShown} />
    </FormStack>
  );
}
