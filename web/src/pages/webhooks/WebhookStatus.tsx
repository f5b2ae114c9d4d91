// SPDX-License-Identifier: Apache-2.0
import { Check, CircleSlash, Clock, Power, TriangleAlert } from "lucide-react";
import type { Delivery, Webhook, WebhookEvent } from "../../api/webhooks.ts";
import { Badge } from "../../ui/Badge.tsx";

export function WebhookStatus({ webhook }: { webhook: Webhook }) {
  if (webhook.status === "disabled") {
    return <Badge icon={<Power size={14} aria-hidden />}>Disabled</Badge>;
  }
  if (webhook.failingSince !== null) {
    return (
      <Badge tone="denied" icon={<TriangleAlert size={14} aria-hidden />}>
        Failing
      </Badge>
    );
  }
  return (
    <Badge tone="allowed" icon={<Check size={14} aria-hidden />}>
      Active
    </Badge>
  );
}

/** What has become of an event over all its endpoints. One where it died counts more than others where it waits. */
export function EventBadge({ event }: { event: WebhookEvent }) {
  if (event.deadLetter) {
    return (
      <Badge tone="denied" icon={<CircleSlash size={14} aria-hidden />}>
        Dead letter
      </Badge>
    );
  }
  switch (event.status) {
    case "pending":
    case "processing":
      return (
        <Badge tone="approval" icon={<Clock size={14} aria-hidden />}>
          {event.status === "pending" ? "Waiting" : "Partly delivered"}
        </Badge>
      );
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
  }
}

export function DeliveryBadge({ delivery }: { delivery: Delivery }) {
  const status = delivery.httpStatus === null ? "" : ` (HTTP ${delivery.httpStatus})`;
  return delivery.status === "success" ? (
    <Badge tone="allowed" icon={<Check size={14} aria-hidden />}>{`Delivered${status}`}</Badge>
  ) : (
    <Badge tone="denied" icon={<CircleSlash size={14} aria-hidden />}>{`Failed${status}`}</Badge>
  );
}
