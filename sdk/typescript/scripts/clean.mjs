// SPDX-License-Identifier: Apache-2.0
// What an earlier build has left must not get into the package.
import { rmSync } from "node:fs";

rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });
