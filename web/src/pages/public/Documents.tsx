// SPDX-License-Identifier: Apache-2.0
import { PageHead } from "../../ui/Card.tsx";

export default function Documents() {
  return <PageHead title="Documents" />;
}
