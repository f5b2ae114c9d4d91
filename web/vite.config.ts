// SPDX-License-Identifier: Apache-2.0
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { documents } from "./build/documents.ts";
import { reference } from "./build/reference.ts";

export default defineConfig({
  plugins: [react(), documents(), reference()],
  html: { cspNonce: "NONCE-OF-THE-PAGE" }, // src/http/pages.c puts one in for each answer
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the policy of the pages allows no data: scripts and fonts
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8420", "/.well-known": "http://127.0.0.1:8420" } },
});
