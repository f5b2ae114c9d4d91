// SPDX-License-Identifier: Apache-2.0
/** Permissions that are often wanted, as data: suggestions to start from. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client.ts";
import { keys } from "./queries.ts";
import type { Catalogue } from "./types.ts";

export function useCatalogue() {
  return useQuery({
    queryKey: keys.templates,
    queryFn: ({ signal }) => call<Catalogue>("GET", "/api/templates", { signal }),
    staleTime: 5 * 60_000,
  });
}
