// SPDX-License-Identifier: Apache-2.0
/** A form that makes something with a secret, and in its place that secret, once. For a firm Dialog. */
import type { QueryKey } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Button } from "./Button.tsx";
import { Stack } from "./Card.tsx";
import { SecretOnce } from "./Copy.tsx";
import { DialogActions } from "./Dialog.tsx";
import { DialogForm } from "./DialogForm.tsx";
import { useAction } from "./useAction.ts";

interface Props {
  /** What the secret is: "Site key". */
  secretName: string;
  /** The verb on the button: "Create key". */
  action: string;
  /** What the cache holds of the list that grows by it. */
  changes: QueryKey;
  /** Makes it; answers the secret. */
  make: () => Promise<string>;
  /** The fields. */
  children: ReactNode;
  /** Under the secret: what to do with it. */
  after: (secret: string) => ReactNode;
  onClose: () => void;
}

export function SecretForm({ secretName, action, changes, make, children, after, onClose }: Props) {
  const [secret, setSecret] = useState<string | null>(null);
  const { busy, error, run } = useAction(changes);
  if (secret !== null) {
    return (
      <Stack>
        <SecretOnce name={secretName} secret={secret} />
        {after(secret)}
        <DialogActions>
          <Button look="primary" onClick={onClose}>
            I have copied it
          </Button>
        </DialogActions>
      </Stack>
    );
  }
  return (
    <DialogForm
      action={action}
      busy={busy}
      error={error}
      onSubmit={() => run(make, setSecret)}
      onCancel={onClose}
    >
      {children}
    </DialogForm>
  );
}
