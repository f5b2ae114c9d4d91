// SPDX-License-Identifier: Apache-2.0
/** Which entry's details are open is part of the address: `?requestId=`. */
import { useSearchParams, type To } from "react-router";
import type { LogRow } from "../../api/types.ts";
import { withParams } from "../../ui/address.ts";

export function useOpenLog() {
  const [params, setParams] = useSearchParams();
  return {
    requestId: params.get("requestId"),
    /** The address of this page with the row's details open. */
    to: ({ requestId }: LogRow): To => ({ search: withParams(params, { requestId }).toString() }),
    close: () => setParams((now) => withParams(now, { requestId: null }), { preventScrollReset: true }),
  };
}
