// SPDX-License-Identifier: Apache-2.0
/** The documents, in the order in which somebody new would want them. A test holds this against docs/. */
import type { DocumentPage } from "../../../build/documents.ts";

export interface DocumentCard {
  name: string;
  title: string;
  text: string;
}

export const GROUPS: readonly { title: string; text: string; documents: readonly DocumentCard[] }[] = [
  {
    title: "Start",
    text: "From nothing to the first decision.",
    documents: [
      { name: "readme", title: "First steps", text: "Run it, ask it, and where everything else is." },
      {
        name: "quickstart",
        title: "Quickstart",
        text: "The first decision in a minute: curl, Node, Python.",
      },
      { name: "concepts", title: "Concepts", text: "The words that everything is made of." },
      {
        name: "coding-agents",
        title: "Coding agents",
        text: "Five minutes to a deploy of Claude Code, Codex or Cursor that waits for you.",
      },
      { name: "dashboard", title: "Dashboard", text: "These pages: what they show, and how to use them." },
      { name: "templates", title: "Templates", text: "Permissions and agents that are often wanted." },
    ],
  },
  {
    title: "Understand",
    text: "What is decided, by whom, and what stays.",
    documents: [
      { name: "decisions", title: "Decisions", text: "The order of the rules; paths, commands, patterns." },
      { name: "approvals", title: "Approvals", text: "When a person must say yes, and to what exactly." },
      {
        name: "passports",
        title: "Passports",
        text: "For agents that cannot ask: links, texts, signatures.",
      },
      { name: "audit", title: "The audit log", text: "What it proves, erasure, retention, checkpoints." },
      {
        name: "security-and-trust",
        title: "Security and trust",
        text: "What holds, what is kept and how, what ends when, what it is not.",
      },
      { name: "security", title: "Security", text: "What is protected and how, what is not, how to report." },
    ],
  },
  {
    title: "Integrate",
    text: "Put the question in front of the action.",
    documents: [
      { name: "enforcement", title: "Enforcement", text: "Where to put the call, and how to fail closed." },
      { name: "sdk", title: "SDKs", text: "TypeScript and Python: protect a function, fail closed." },
      { name: "api", title: "API", text: "Every route with its fields, errors and limits." },
      {
        name: "reference",
        title: "API reference",
        text: "Each operation with schemas, examples and errors; find one by its words.",
      },
      { name: "webhooks", title: "Webhooks", text: "Signed events: verify, retries, dead letters, replay." },
      { name: "mcp", title: "MCP", text: "Tools that ask, and an interceptor that cannot be skipped." },
      { name: "hooks", title: "Hooks", text: "What happens before each tool call of a coding agent." },
      {
        name: "action-gateway",
        title: "Action gateway",
        text: "Let the server read web pages for an agent.",
      },
      { name: "site-guard", title: "Site guard", text: "Web sites that ask before they serve agents." },
      { name: "cli", title: "The command line", text: "All commands and options of behalf." },
    ],
  },
  {
    title: "Operate",
    text: "For whoever keeps the server.",
    documents: [
      { name: "deployment", title: "Deployment", text: "systemd, TLS, backup, restore, upgrade." },
      { name: "operating", title: "Operating", text: "Options, data folder, backup, faults, proxies." },
      { name: "metrics", title: "Metrics", text: "Numbers for Prometheus, a dashboard for Grafana, alerts." },
      { name: "troubleshooting", title: "Troubleshooting", text: "What you see, why, and what to do." },
      { name: "accounts", title: "Accounts", text: "People, roles, sign-in, mail, invitations, tokens." },
      { name: "architecture", title: "Architecture", text: "How it is built, and why it holds." },
      { name: "contributing", title: "Contributing", text: "Rules and tests for those who change it." },
    ],
  },
];

const ALL = GROUPS.flatMap((group) => group.documents);

const files = import.meta.glob<DocumentPage>(
  [
    "../../../../docs/*.md",
    "../../../../README.md",
    "../../../../SECURITY.md",
    "../../../../ARCHITECTURE.md",
    "../../../../CONTRIBUTING.md",
  ],
  { import: "default" },
);

const LOADERS = new Map(
  Object.entries(files).map(([path, load]) => [path.replace(/^.*\/([^/]+)\.md$/, "$1").toLowerCase(), load]),
);

/** The names of all that have a page; the reference, which is no Markdown, has one of its own. */
export const NAMES: readonly string[] = [...LOADERS.keys(), "reference"];

/** Names under which people look for a document that has another one. */
export const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["deploy-approvals", "coding-agents"],
  ["policy-templates", "templates"],
]);

/** Null when there is no such document. */
export function loaderOf(name: string): (() => Promise<DocumentPage>) | null {
  return LOADERS.get(name) ?? null;
}

/** Those before and after it, for reading on. */
export function neighboursOf(name: string): { before: DocumentCard | null; after: DocumentCard | null } {
  const place = ALL.findIndex((card) => card.name === name);
  if (place < 0) return { before: null, after: null };
  return { before: ALL[place - 1] ?? null, after: ALL[place + 1] ?? null };
}
