// SPDX-License-Identifier: Apache-2.0
import { PageHead } from "../../ui/Card.tsx";

export default function WebhookEvents() {
  return <PageHead title="WebhookEvents" />;
}
