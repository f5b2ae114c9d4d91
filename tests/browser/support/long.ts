// SPDX-License-Identifier: Apache-2.0
/** Names as long as the server takes them, without a blank to break at, wherever somebody chooses one. */
import type { Credentials, Json, Server } from "./server.ts";

/** So many letters, and no blank. */
export function longName(letters: number): string {
  return "averylongnamewithoutanyblank".repeat(Math.ceil(letters / 28)).slice(0, letters);
}

const EMAIL = `${longName(60)}@${longName(60)}.example.test`;

export interface LongAccount {
  agentId: string;
  siteId: string;
  webhookId: string;
  /** Of a decision. */
  requestId: string;
  /** Of a request that waits. */
  approvalId: string;
  /** An admin whose address is long, too. */
  person: Credentials;
}

async function addAgent(server: Server): Promise<{ agentId: string; apiKey: string }> {
  const made = await server.call("POST", "/api/dashboard/agents", {
    name: longName(120),
    agentType: "native",
    description: longName(800),
    externalAgentId: longName(180),
    externalAgentLabel: longName(180),
  });
  const agentId = made["agent"]["agentId"] as string;
  const permissions = `/api/dashboard/agents/${agentId}/permissions`;
  await server.call("PATCH", `/api/dashboard/agents/${agentId}`, { guidelines: [longName(500)] });
  await server.call("POST", permissions, {
    action: longName(80),
    resource: longName(200),
    description: longName(240),
    scope: longName(500),
    notes: longName(800),
    allowedActions: [longName(79)],
    constraints: { allowedVendors: [longName(100)], allowedEnvironments: [longName(80)] },
  });
  await server.call("POST", permissions, {
    action: "execute_command",
    resource: longName(200),
    requiresApproval: true,
    constraints: { deniedCommands: [`rm${longName(100)}`] },
  });
  return { agentId, apiKey: made["apiKey"] as string };
}

async function askForMuch(server: Server, agentId: string, apiKey: string): Promise<Json[]> {
  const metadata = { environment: longName(100), [longName(100)]: longName(100) };
  const toolInput = { command: `${longName(200)} ${longName(100)}` };
  const requests = [
    { action: longName(80), vendor: longName(200), metadata },
    { action: longName(80), vendor: longName(199), amount: 1e21 },
    { action: "execute_command", vendor: longName(200), policyContext: { toolInput } },
  ];
  const answers: Json[] = [];
  for (const request of requests) answers.push(await server.verify(request, agentId, apiKey));
  return answers;
}

async function addSite(server: Server): Promise<string> {
  const label = longName(60);
  const made = await server.call("POST", "/api/dashboard/sites", {
    name: longName(120),
    domain: `${label}.${label}.${label}.example.com`,
  });
  const siteId = made["site"]["siteId"] as string;
  const site = `/api/dashboard/sites/${siteId}`;
  await server.call("POST", `${site}/directories`, { url: `https://${label}.${label}.example.com` });
  await server.call("POST", `${site}/rules`, {
    name: longName(120),
    agentIdentifier: longName(180),
    userAgentPattern: `*${longName(200)}*`,
    verifiedAgent: `https://${label}.${label}.example.com`,
    allowedPaths: [`/${longName(200)}`],
    blockedPaths: [`/${longName(199)}/*`],
    notes: longName(500),
  });
  const key = await server.call("POST", `${site}/keys`, { name: longName(120) });
  await server.request(
    "POST",
    "/api/site-guard/check",
    { path: `/${longName(200)}`, userAgent: longName(200), agentIdentifier: longName(180) },
    { Authorization: `Bearer ${key["rawKey"] as string}` },
  );
  return siteId;
}

/** The account of the demo with a long name for everything that has one. For a server that may send to this machine. */
export async function addLongNames(server: Server): Promise<LongAccount> {
  const webhook = await server.call("POST", "/api/dashboard/webhooks", {
    url: `http://127.0.0.1:9/${longName(300)}`, // nobody listens there
    events: ["verification.denied", "approval.requested"],
  });
  const { agentId, apiKey } = await addAgent(server);
  const answers = await askForMuch(server, agentId, apiKey);
  const siteId = await addSite(server);
  await server.call("POST", "/api/dashboard/members/invites", { role: "viewer", email: `x${EMAIL}` });
  await server.call("POST", "/api/dashboard/tokens", { name: longName(80) });
  const person = await server.person("admin", EMAIL);
  await server.call("PATCH", "/api/dashboard/settings", { name: longName(120) });
  return {
    agentId,
    siteId,
    webhookId: webhook["webhook"]["webhookId"] as string,
    requestId: answers[0]?.["requestId"] as string,
    approvalId: answers[2]?.["approvalId"] as string,
    person,
  };
}
