// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { Button } from "./Button.tsx";
import { DialogActions } from "./Dialog.tsx";
import { FormError, FormStack } from "./Field.tsx";

/** The form of a Dialog: its fields, what is wrong with them, and the two ways out. */
export function DialogForm({
  action,
  busy,
  error,
  isUnchanged = false,
  noValidate = false,
  onSubmit,
  onCancel,
  children,
}: {
  /** The verb on the button: "Add site". */
  action: string;
  busy: boolean;
  error: unknown;
  /** There is nothing to send. */
  isUnchanged?: boolean;
  noValidate?: boolean;
  onSubmit: () => void;
  onCancel: () => void;
  /** The fields. */
  children: ReactNode;
}) {
  return (
    <form
      noValidate={noValidate}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <FormStack>
        {children}
        <FormError error={error} />
        <DialogActions>
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy} disabled={isUnchanged}>
            {action}
          </Button>
        </DialogActions>
      </FormStack>
    </form>
  );
}
