// SPDX-License-Identifier: Apache-2.0
import { Check, CircleSlash, Clock } from "lucide-react";
import type { QueuedEvent } from "../../api/operator.ts";
import { Badge } from "../../ui/Badge.tsx";

export function EventStatusBadge({ event }: { event: QueuedEvent }) {
  if (event.deadLetter) {
    return (
      <Badge tone="denied" icon={<CircleSlash size={14} aria-hidden />}>
        Dead letter
      </Badge>
    );
  }
  switch (event.status) {
    case "completed":
      return (
        <Badge tone="allowed" icon={<Check size={14} aria-hidden />}>
          Delivered
        </Badge>
      );
    case "failed":
      return (
        <Badge tone="denied" icon={<CircleSlash size={14} aria-hidden />}>
          Dropped
        </Badge>
      );
    default:
      return (
        <Badge icon={<Clock size={14} aria-hidden />}>
          {event.status === "pending" ? "Pending" : "Processing"}
        </Badge>
      );
  }
}
