// SPDX-License-Identifier: Apache-2.0
/** Windows over the page: they hold the focus, close on Escape and give the focus back. */
import * as Ariakit from "@ariakit/react";
import { X } from "lucide-react";
import { useCallback, useState, type ReactNode } from "react";
import { Button } from "./Button.tsx";
import styles from "./Dialog.module.css";
import { HoldContext, type Hold } from "./dialogHold.ts";
import { FormError, TextField } from "./Field.tsx";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  /** At the side, for the details of a row. */
  side?: boolean;
  /** Stays when the page beside it is clicked: for what would be lost. */
  firm?: boolean;
}

export function Dialog({ open, onClose, title, children, side = false, firm = false }: DialogProps) {
  const [holds, setHolds] = useState(0);
  const hold = useCallback<Hold>(() => {
    setHolds((count) => count + 1);
    return () => setHolds((count) => count - 1);
  }, []);
  return (
    <Ariakit.Dialog
      open={open}
      onClose={onClose}
      hideOnInteractOutside={!firm && holds === 0}
      hideOnEscape={holds === 0}
      unmountOnHide
      backdrop={<div className={styles.backdrop} />}
      className={`${styles.dialog} ${side ? styles.side : styles.middle}`}
    >
      <div className={styles.head}>
        <Ariakit.DialogHeading className={styles.title}>{title}</Ariakit.DialogHeading>
        <Ariakit.DialogDismiss className={styles.close} aria-label="Close">
          <X size={20} aria-hidden />
        </Ariakit.DialogDismiss>
      </div>
      <HoldContext value={hold}>{children}</HoldContext>
    </Ariakit.Dialog>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  /** The verb: "Revoke permission", never "OK". */
  action: string;
  danger?: boolean;
  /** What must be typed first, exactly. */
  phrase?: string;
  run: () => Promise<unknown>;
}

/** Asks before it acts; stays open and says why when that failed. */
export function Confirm({
  open,
  onClose,
  title,
  children,
  action,
  danger = false,
  phrase,
  run,
}: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setTyped("");
    setError(null);
    onClose();
  };
  const act = () => {
    setBusy(true);
    setError(null);
    run()
      .then(close, setError)
      .finally(() => setBusy(false));
  };
  return (
    <Dialog open={open} onClose={close} title={title}>
      <div className={styles.body}>{children}</div>
      {phrase !== undefined ? (
        <TextField
          label={
            <>
              Type <code>{phrase}</code> to go on
            </>
          }
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onValue={setTyped}
        />
      ) : null}
      <FormError error={error} />
      <div className={styles.actions}>
        <Button data-autofocus={phrase === undefined} onClick={close}>
          Cancel
        </Button>
        <Button
          look={danger ? "danger" : "primary"}
          busy={busy}
          disabled={phrase !== undefined && typed !== phrase}
          onClick={act}
        >
          {action}
        </Button>
      </div>
    </Dialog>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
