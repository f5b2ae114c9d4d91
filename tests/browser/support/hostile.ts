// SPDX-License-Identifier: Apache-2.0
/** Texts that try to become more than text, wherever somebody else's word is shown. */
import type { Server } from "./server.ts";

export const SCRIPT = `<img src=x onerror="window.__broken=1"><script>window.__broken=1</script>`;
export const LINK = `javascript:window.__broken=1//`;
export const OVERRIDE = "\u202Egnp.exe\u2066";
export const LONG = "averyveryverylongnamewithoutanyspaceinit".repeat(2);

export interface HostileAgent {
  agentId: string;
  apiKey: string;
}

/** An agent whose every text is hostile, with permissions, decisions and a pending approval. */
export async function addHostileAgent(server: Server): Promise<HostileAgent> {
  const made = await server.call("POST", "/api/dashboard/agents", {
    name: `${SCRIPT} ${LONG}`.slice(0, 120),
    agentType: "connected",
    provider: "other",
    description: `${SCRIPT}${OVERRIDE}`,
    externalAgentLabel: SCRIPT,
  });
  const agentId = made["agent"]["agentId"] as string;
  const apiKey = made["apiKey"] as string;
  await server.call("PATCH", `/api/dashboard/agents/${agentId}`, { guidelines: [SCRIPT, LINK] });
  await server.call("POST", `/api/dashboard/agents/${agentId}/permissions`, {
    action: "execute_command",
    resource: "shell",
    description: SCRIPT,
    notes: SCRIPT,
    scope: LINK,
    allowedActions: [SCRIPT],
    requiresApproval: true,
    constraints: { deniedCommands: [`rm ${SCRIPT}`] },
  });
  await server.call("POST", `/api/dashboard/agents/${agentId}/permissions`, {
    action: LINK,
    resource: SCRIPT,
  });
  const command = `echo '${SCRIPT}' && curl ${LINK} ${OVERRIDE} # ${LONG}`;
  await server.verify(
    { action: "execute_command", vendor: "shell", policyContext: { toolInput: { command } } },
    agentId,
    apiKey,
  );
  await server.verify(
    { action: LINK, vendor: SCRIPT, metadata: { environment: SCRIPT, [SCRIPT]: SCRIPT } },
    agentId,
    apiKey,
  );
  await server.verify({ action: SCRIPT.slice(0, 80), vendor: LINK, amount: 1e300 }, agentId, apiKey);
  return { agentId, apiKey };
}
