// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { Link } from "react-router";

/** An id, command, path or other exact text. Never interpreted; wraps anywhere. */
export function Mono({ children, to }: { children: ReactNode; to?: string }) {
  const code = <code className="exact">{children}</code>;
  return to === undefined ? code : <Link to={to}>{code}</Link>;
}
