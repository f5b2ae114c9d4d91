// SPDX-License-Identifier: Apache-2.0
/** Who may call an operation, in words. */
import type { OpenApi, Operation } from "./openapi.ts";

const NAMES: Record<string, string> = {
  agentKey: "the agent's key",
  developerToken: "a developer token",
  session: "a session",
  operatorSession: "an operator's session",
  passportToken: "the token of the passport's link",
  setupToken: "the setup token",
  siteKey: "the site's key",
  metricsToken: "the metrics token",
};

/** A scheme without words of its own is shown under its name. */
export function credentialName(scheme: string): string {
  return NAMES[scheme] ?? scheme;
}

function list(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words[words.length - 1] ?? ""}`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** "A session or a developer token"; "None" where nobody is asked. */
export function credentialText(document: OpenApi, operation: Operation): string {
  const security = operation.security ?? document.security ?? [];
  const words = security
    .map((one) => Object.keys(one).map(credentialName).join(" together with "))
    .filter((text) => text !== "");
  if (words.length === 0) return "None";
  const text = sentence(list(words));
  return words.length < security.length ? `${text}, or none` : text;
}

/** "Owner or admin"; null where the role does not matter. */
export function roleText(operation: Operation): string | null {
  const roles = operation["x-behalfid-roles"] ?? [];
  if (roles.length === 0) return null;
  if (roles.includes("viewer")) return "Any role in the account";
  return sentence(list([...roles].reverse()));
}
