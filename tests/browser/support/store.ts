// SPDX-License-Identifier: Apache-2.0
/** What only somebody with the database file can do. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const CHANGE = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None) as database:
    for statement in sys.argv[2:]:
        database.execute(statement)
`;

/** Runs the statements on the database of that data folder. */
export async function changeStore(dataFolder: string, ...statements: string[]): Promise<void> {
  const file = join(dataFolder, "behalf.db");
  await promisify(execFile)("/usr/bin/python3", ["-c", CHANGE, file, ...statements]);
}
