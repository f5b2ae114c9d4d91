// SPDX-License-Identifier: Apache-2.0
/** The file or the command that a tool call is about, as the server's rules look for it. */
import { homedir } from "node:os";
import { BehalfIDConfigurationError } from "../errors.js";
import { isObject } from "../json.js";
import type { JsonObject } from "../json.js";

export const PATH_NAMES = ["filePath", "file_path", "path", "notebook_path", "notebookPath"];
export const COMMAND_NAMES = ["command", "cmd"];

export interface Target {
  filePath?: string;
  command?: string;
}

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

/** The one text among the members so named. Where an approval binds it there must not be two, nor one that is none. */
function findText(input: JsonObject, names: string[], binds: boolean, what: string): string | undefined {
  const given = names.filter((name) => Object.hasOwn(input, name)).map((name) => input[name] ?? undefined);
  const values = given.filter((value) => value !== undefined);
  const texts = values.filter(isText);
  if (binds && (texts.length < values.length || new Set(texts).size > 1)) {
    throw new BehalfIDConfigurationError(`The arguments have more than one ${what}, or one that is no text.`);
  }
  return texts[0];
}

/** Which file and which command these arguments name. Throws when the action needs one and they are ambiguous. */
export function findTarget(action: string, input: unknown): Target {
  if (!isObject(input)) return {};
  const files = action === "read_file" || action === "write_file";
  const filePath = findText(input, PATH_NAMES, files, "path");
  const command = findText(input, COMMAND_NAMES, action === "execute_command", "command");
  return { ...(filePath !== undefined && { filePath }), ...(command !== undefined && { command }) };
}

/** Where a relative path and "~" lead to; sent only with a path. */
export function placeOf(target: Target): JsonObject {
  return target.filePath === undefined ? {} : { cwd: process.cwd(), home: homedir() };
}
