// SPDX-License-Identifier: Apache-2.0
/** The packages that this server hands out, and the lines that install them. */
import sdk from "../../sdk/typescript/package.json" with { type: "json" };

export function npmInstall(origin: string): string {
  return `npm install ${origin}/sdk/behalfid-sdk-${sdk.version}.tgz`;
}

export function pipInstall(origin: string): string {
  return `python3 -m venv venv && venv/bin/pip install ${origin}/sdk/behalfid-${sdk.version}-py3-none-any.whl`;
}
