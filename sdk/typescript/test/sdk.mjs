// SPDX-License-Identifier: Apache-2.0
// The package by its name, as a project has it: imported, or required when BEHALFID_TEST_MODULES=cjs.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The module "@behalfid/sdk" or one of its sub-paths ("ai"). */
export async function load(subPath = "") {
  const name = subPath === "" ? "@behalfid/sdk" : `@behalfid/sdk/${subPath}`;
  return process.env.BEHALFID_TEST_MODULES === "cjs" ? require(name) : import(name);
}
