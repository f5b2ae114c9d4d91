// SPDX-License-Identifier: Apache-2.0
import { CircleSlash } from "lucide-react";
import type { SiteStatus } from "../../api/sites.ts";
import { Badge } from "../../ui/Badge.tsx";

/** Of a site or a rule. */
export function SiteStatusBadge({ status }: { status: SiteStatus }) {
  return status === "active" ? (
    <Badge tone="accent">Active</Badge>
  ) : (
    <Badge icon={<CircleSlash size={14} aria-hidden />}>Disabled</Badge>
  );
}
