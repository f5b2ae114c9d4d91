// SPDX-License-Identifier: Apache-2.0
import { PageHead } from "../../ui/Card.tsx";

export default function Passport() {
  return <PageHead title="Passport" />;
}
