// SPDX-License-Identifier: Apache-2.0
// Says which of the two builds is which: Node and TypeScript read "type" from the nearest package.json.
import { writeFileSync } from "node:fs";

for (const [folder, type] of [
  ["esm", "module"],
  ["cjs", "commonjs"],
]) {
  const text = JSON.stringify({ type, sideEffects: false }) + "\n";
  writeFileSync(new URL(`../dist/${folder}/package.json`, import.meta.url), text);
}
