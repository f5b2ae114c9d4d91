// SPDX-License-Identifier: Apache-2.0
import { Tabs } from "../../ui/Tabs.tsx";

export function WebhookTabs() {
  return (
    <Tabs
      label="Webhooks"
      tabs={[
        { to: "/dashboard/webhooks", name: "Endpoints" },
        { to: "/dashboard/webhooks/events", name: "Events" },
      ]}
    />
  );
}
