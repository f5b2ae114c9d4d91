// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import type { Credentials } from "../../api/account.ts";
import { TextField } from "../../ui/Field.tsx";
import { fieldFor } from "../../ui/fieldFor.ts";
import { PasswordField } from "../../ui/PasswordField.tsx";

/** Address and password, as signing in, signing up, setting up and invitations all ask for them. */
export function CredentialFields({
  value,
  onValue,
  fresh = false,
  emailHint,
}: {
  value: Credentials;
  onValue: (value: Credentials) => void;
  fresh?: boolean;
  emailHint?: ReactNode;
}) {
  const field = fieldFor(value, (part) => onValue({ ...value, ...part }));
  return (
    <>
      <TextField
        label="Email"
        type="email"
        name="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={254}
        hint={emailHint}
        {...field("email")}
      />
      <PasswordField label="Password" name="password" fresh={fresh} {...field("password")} />
    </>
  );
}

export const NOBODY: Credentials = { email: "", password: "" };
