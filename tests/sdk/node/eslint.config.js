// SPDX-License-Identifier: Apache-2.0
import js from "@eslint/js";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: process.cwd() } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  { files: ["**/*.mjs"], ...ts.configs.disableTypeChecked },
  { files: ["**/*.mjs"], languageOptions: { globals: globalsOfNode() } },
);

function globalsOfNode() {
  const names = ["AbortController", "Buffer", "Headers", "Response", "URL", "console", "fetch", "performance", "process"];
  return Object.fromEntries([...names, "setTimeout", "clearTimeout"].map((name) => [name, "readonly"]));
}
