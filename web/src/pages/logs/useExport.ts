// SPDX-License-Identifier: Apache-2.0
/** Reads an export while the server writes it, and saves it when it is whole. */
import { useEffect, useRef, useState } from "react";
import { send } from "../../api/client.ts";
import { filterQuery, type LogFilters } from "../../api/logs.ts";
import { CsvCount } from "./csvCount.ts";

export interface ExportState {
  phase: "idle" | "running" | "saved" | "failed";
  rows: number;
  bytes: number;
  error: unknown;
}

const IDLE: ExportState = { phase: "idle", rows: 0, bytes: 0, error: null };
const TELL_EVERY_MS = 100;
const NAME = "behalfid-verification-logs.csv";

function save(file: Blob): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = NAME;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser may still be reading it
}

async function read(
  filters: LogFilters,
  signal: AbortSignal,
  tell: (count: CsvCount) => void,
): Promise<{ file: Blob; count: CsvCount }> {
  const query = { ...filterQuery(filters, Date.now()), format: "csv" };
  const response = await send("GET", "/api/dashboard/logs", { signal, query });
  const count = new CsvCount();
  const pieces: BlobPart[] = [];
  const reader = response.body?.getReader();
  let told = 0;
  for (;;) {
    const piece = await reader?.read();
    if (piece === undefined || piece.done) break;
    pieces.push(piece.value);
    count.add(piece.value);
    if (Date.now() - told < TELL_EVERY_MS) continue;
    told = Date.now();
    tell(count);
  }
  return { file: new Blob(pieces, { type: "text/csv" }), count };
}

export function useExport(filters: LogFilters) {
  const [state, setState] = useState(IDLE);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const start = () => {
    running.current?.abort();
    const control = new AbortController();
    running.current = control;
    setState({ ...IDLE, phase: "running" });
    const tell = (phase: ExportState["phase"], count: CsvCount) => {
      if (!control.signal.aborted) setState({ phase, rows: count.rows, bytes: count.bytes, error: null });
    };
    read(filters, control.signal, (count) => tell("running", count)).then(
      ({ file, count }) => {
        if (control.signal.aborted) return;
        save(file);
        tell("saved", count);
      },
      (problem: unknown) => {
        if (control.signal.aborted) return;
        // Bytes that stop coming are a TypeError of the browser's, in words for nobody.
        const error =
          problem instanceof TypeError ? new Error("The export was cut off. Nothing was saved.") : problem;
        setState((now) => ({ ...now, phase: "failed", error }));
      },
    );
  };
  const cancel = () => {
    running.current?.abort();
    setState(IDLE);
  };
  return { state, start, cancel };
}
