// SPDX-License-Identifier: Apache-2.0
/** Which entry's details are open is part of the address: `?requestId=`. */
import { useSearchParams, type To } from "react-router";
import type { LogRow } from "../../api/types.ts";

export function useOpenLog() {
  const [params, setParams] = useSearchParams();
  return {
    requestId: params.get("requestId"),
    /** The address of this page with the row's details open. */
    to: (row: LogRow): To => {
      const next = new URLSearchParams(params);
      next.set("requestId", row.requestId);
      return { search: next.toString() };
    },
    close: () =>
      setParams(
        (now) => {
          now.delete("requestId");
          return now;
        },
        { preventScrollReset: true },
      ),
  };
}
