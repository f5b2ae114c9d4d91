// SPDX-License-Identifier: Apache-2.0
import { PageHead } from "../../ui/Card.tsx";

export default function VerifyEmail() {
  return <PageHead title="VerifyEmail" />;
}
