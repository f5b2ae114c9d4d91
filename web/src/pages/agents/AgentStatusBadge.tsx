// SPDX-License-Identifier: Apache-2.0
import { CircleCheck, CircleSlash } from "lucide-react";
import type { Agent } from "../../api/types.ts";
import { Badge } from "../../ui/Badge.tsx";

export function AgentStatusBadge({ status }: { status: Agent["status"] }) {
  return status === "active" ? (
    <Badge tone="allowed" icon={<CircleCheck size={14} aria-hidden />}>
      Active
    </Badge>
  ) : (
    <Badge tone="denied" icon={<CircleSlash size={14} aria-hidden />}>
      Disabled
    </Badge>
  );
}
