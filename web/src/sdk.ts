// SPDX-License-Identifier: Apache-2.0
/** The packages that this server hands out, and the lines that install them. */
import { version } from "../../sdk/typescript/package.json";

export function npmInstall(origin: string): string {
  return `npm install ${origin}/sdk/behalfid-sdk-${version}.tgz`;
}

export function pipInstall(origin: string): string {
  return `pip install ${origin}/sdk/behalfid-${version}-py3-none-any.whl`;
}
