// SPDX-License-Identifier: Apache-2.0
/** Takes the variables of .env that the shell has not set. Import it before anything that reads them. */
import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL(".env", import.meta.url));

if (existsSync(FILE)) {
  for (const line of readFileSync(FILE, "utf8").split("\n")) {
    const [, name, value] = /^([A-Z_]+)=(.+)$/.exec(line.trim()) ?? [];
    if (name !== undefined) process.env[name] ??= value;
  }
}

/** Keeps something for the next start. The file then holds a key, so it is nobody else's to read. */
export function remember(name, value) {
  const before = existsSync(FILE) ? readFileSync(FILE, "utf8") : "";
  if (before !== "") chmodSync(FILE, 0o600);
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  appendFileSync(FILE, `${gap}${name}=${value}\n`, { mode: 0o600 });
}
