// SPDX-License-Identifier: Apache-2.0
/** What the home page says in lists. Reasons are the server's own texts (src/core/reason_table.h). */
import {
  Ban,
  Bot,
  BookCheck,
  CalendarClock,
  CircleOff,
  Clock,
  FileText,
  Hand,
  Inbox,
  KeyRound,
  LayoutDashboard,
  MessageSquare,
  Plug,
  Repeat,
  Scale,
  Search,
  ShieldQuestion,
  ShoppingCart,
  Terminal,
  Webhook,
  Wrench,
  type LucideIcon,
} from "lucide-react";

export interface Point {
  Icon: LucideIcon;
  title: string;
  text: string;
}

export const CREDENTIALS = [
  {
    name: "An API key",
    answers: "Which program is calling?",
    lacks: "Whoever holds it may do all that the key can.",
  },
  {
    name: "OAuth consent",
    answers: "Did a person agree, once and broadly?",
    lacks: "No amount, no expiry in an hour, no second question before the risky step.",
  },
  {
    name: "A passport",
    answers: "May this agent do this, to this, for this much, now?",
    lacks: null,
  },
] as const;

export const STOPPED: readonly (Point & { reason: string })[] = [
  {
    Icon: ShoppingCart,
    title: "Spending that was never granted",
    text: "Leave to browse is no leave to buy, and a limit of 800 stops at 800.",
    reason: "Amount exceeds maxAmount constraint.",
  },
  {
    Icon: Ban,
    title: "Writing where only reading is allowed",
    text: "Block write, delete and export by name; a block wins over every other permission of the agent.",
    reason: "Action is blocked by this permission.",
  },
  {
    Icon: Hand,
    title: "Messages in your name",
    text: "E-mail and posts wait for a person: one yes, for this agent, action, resource and amount, once.",
    reason: "Permission requires approval before execution.",
  },
  {
    Icon: Clock,
    title: "Leave that is over",
    text: "What was fine in the morning is denied in the afternoon, to the second it expires.",
    reason: "Permission has expired.",
  },
  {
    Icon: CircleOff,
    title: "An agent you no longer trust",
    text: "Disable it: the next call is denied, and calls that are under way are too.",
    reason: "Agent is disabled.",
  },
  {
    Icon: ShieldQuestion,
    title: "What nobody thought of",
    text: "An action without a permission is denied. So is every case that cannot be judged or recorded.",
    reason: "No active permission exists for this action.",
  },
];

export const SCOPES: readonly Point[] = [
  { Icon: Search, title: "Data access", text: "read mail, browse the web, query CRM records" },
  { Icon: MessageSquare, title: "Communication", text: "send e-mail, post to Slack, draft messages" },
  { Icon: CalendarClock, title: "Scheduling", text: "suggest times, create events, book meetings" },
  { Icon: ShoppingCart, title: "Commerce", text: "purchases under a limit, invoices, refunds" },
  { Icon: FileText, title: "Content", text: "documents, summaries, changes to records" },
  { Icon: Wrench, title: "Administration", text: "CRM contacts, tickets, workflows, deploys" },
  { Icon: Terminal, title: "Development", text: "code, files, databases, commands of coding agents" },
];

export const STEPS: readonly { title: string; text: string }[] = [
  { title: "Name the agent", text: "A native one gets a key. One of somebody else's is represented." },
  { title: "Say what it may do", text: "An action, on a resource, within limits, until a time." },
  { title: "Ask before acting", text: "One call. Anything but a yes stops the code." },
  { title: "Look it up later", text: "Each answer is in the log, and goes out as a signed event." },
];

export const FEATURES: readonly (Point & { to: string })[] = [
  {
    Icon: Scale,
    title: "Rules of action",
    text: "Resources, vendors, amounts, branches, environments, paths, commands, expiry.",
    to: "/docs/decisions",
  },
  {
    Icon: Hand,
    title: "Approvals",
    text: "Bound to agent, action, resource, amount, and the exact command or path. Good once, from a phone too.",
    to: "/docs/approvals",
  },
  {
    Icon: BookCheck,
    title: "A log that shows tampering",
    text: "Chained, signed, and verified by one command.",
    to: "/docs/audit",
  },
  {
    Icon: Webhook,
    title: "Signed webhooks",
    text: "HMAC-SHA256, in the form of Standard Webhooks as well.",
    to: "/docs/webhooks",
  },
  {
    Icon: Inbox,
    title: "Durable outbox",
    text: "An event is recorded in the transaction of what it tells about.",
    to: "/docs/webhooks#delivery",
  },
  {
    Icon: Repeat,
    title: "Dead letters and replay",
    text: "After five attempts an event waits for you; nothing fails unseen.",
    to: "/docs/webhooks#delivery",
  },
  {
    Icon: Bot,
    title: "Coding agents",
    text: "Hooks for Claude Code, Codex and Cursor; an MCP server and an interceptor.",
    to: "/docs/coding-agents",
  },
  {
    Icon: KeyRound,
    title: "Signed passports",
    text: "A document that anybody can verify offline, valid for minutes.",
    to: "/docs/passports",
  },
  {
    Icon: Plug,
    title: "Gateway and site guard",
    text: "Let the server read pages for an agent; decide who your own site serves.",
    to: "/docs/action-gateway",
  },
  {
    Icon: LayoutDashboard,
    title: "Dashboard and command line",
    text: "Agents, permissions, approvals, log, webhooks: in a browser, and most of it in a shell too.",
    to: "/docs/cli",
  },
];
