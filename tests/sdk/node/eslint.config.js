// SPDX-License-Identifier: Apache-2.0
import js from "@eslint/js";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "node_modules", "test/types"] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: process.cwd() } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    // What the frameworks' own types say of inputs and outputs is not known here.
    files: ["src/adapters/*.ts"],
    rules: {
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  { files: ["**/*.mjs"], ...ts.configs.disableTypeChecked },
  { files: ["**/*.mjs"], languageOptions: { globals: globalsOfNode() } },
);

function globalsOfNode() {
  const web = ["AbortController", "AbortSignal", "Headers", "Response", "TextEncoder", "URL", "fetch", "performance"];
  const node = ["Buffer", "clearTimeout", "console", "process", "queueMicrotask", "setTimeout"];
  return Object.fromEntries([...web, ...node].map((name) => [name, "readonly"]));
}
