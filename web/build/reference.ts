// SPDX-License-Identifier: Apache-2.0
/**
 * `import document from "virtual:openapi"` gives docs/openapi.json as it is when the dashboard is built. Parsed from
 * one string in the browser, which is quicker there than a literal of that size, and of no type for the compiler to
 * work out.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const NAME = "virtual:openapi";
const FILE = fileURLToPath(new URL("../../docs/openapi.json", import.meta.url));

export function reference(): Plugin {
  return {
    name: "reference",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load(id) {
      if (id !== `\0${NAME}`) return null;
      this.addWatchFile(FILE);
      const text = JSON.stringify(JSON.parse(readFileSync(FILE, "utf8")));
      return { code: `export default JSON.parse(${JSON.stringify(text)});`, map: null };
    },
  };
}
