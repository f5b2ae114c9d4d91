// SPDX-License-Identifier: Apache-2.0
import { Download } from "lucide-react";
import { useState } from "react";
import type { LogFilters } from "../../api/logs.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog, DialogActions } from "../../ui/Dialog.tsx";
import { FormError } from "../../ui/Field.tsx";
import { sizeText } from "./csvCount.ts";
import styles from "./Export.module.css";
import { useExport, type ExportState } from "./useExport.ts";

const number = new Intl.NumberFormat("en");

function Progress({ state, total }: { state: ExportState; total: number | null }) {
  const rows = number.format(state.rows);
  if (state.phase === "saved") {
    return (
      <p role="status">{`Saved ${rows} ${state.rows === 1 ? "row" : "rows"} (${sizeText(state.bytes)}).`}</p>
    );
  }
  const of = total === null ? "" : ` of ${number.format(total)}`;
  return (
    <>
      <progress
        className={styles.bar}
        aria-label="Export"
        {...(total !== null && { max: Math.max(total, state.rows, 1), value: state.rows })}
      />
      <p>{`${rows}${of} rows, ${sizeText(state.bytes)}`}</p>
    </>
  );
}

/** `total`: how many rows will come, where that is known. */
export function ExportButton({ filters, total }: { filters: LogFilters; total: number | null }) {
  const [open, setOpen] = useState(false);
  const { state, start, cancel } = useExport(filters);
  const close = () => {
    cancel();
    setOpen(false);
  };
  const begin = () => {
    setOpen(true);
    start();
  };
  return (
    <>
      <Button icon={<Download size={16} aria-hidden />} onClick={begin}>
        Export CSV
      </Button>
      <Dialog open={open} onClose={close} title="Export as CSV" firm>
        <p className="soft">All entries that match the filters, however long the list is.</p>
        {state.phase === "failed" ? (
          <FormError error={state.error} />
        ) : (
          <Progress state={state} total={total} />
        )}
        <DialogActions>
          {state.phase === "failed" ? <Button onClick={start}>Try again</Button> : null}
          <Button onClick={close}>{state.phase === "running" ? "Cancel the export" : "Done"}</Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
