// SPDX-License-Identifier: Apache-2.0
/** Makes an agent, if there is none yet, and the permissions that it does not have yet. */
import { remember } from "./env.mjs";
import { BehalfID } from "@behalfid/sdk";

const PERMISSIONS = [
  { action: "browse_web", resource: "web" },
  { action: "purchase", resource: "shop.example", constraints: { maxAmount: 100 } },
  { action: "send_email", resource: "mail.example", requiresApproval: true },
];

const NEEDED =
  "Fill in BEHALFID_DEVELOPER_TOKEN in .env: data/demo.json of a demo server has one, or make one with " +
  "`behalf tokens create`.";

async function makeAgent() {
  if (!process.env.BEHALFID_DEVELOPER_TOKEN) throw new Error(NEEDED);
  const { agentId, apiKey } = await new BehalfID().createAgent("Enforcement demo");
  remember("BEHALFID_AGENT_ID", (process.env.BEHALFID_AGENT_ID = agentId));
  remember("BEHALFID_API_KEY", (process.env.BEHALFID_API_KEY = apiKey));
  console.log(`made the agent ${agentId}; its key is in .env`);
}

/** With the developer token; without one, with the agent's own key: a server with --agent-self-permissions takes it. */
async function grant(behalf, permission) {
  if (process.env.BEHALFID_DEVELOPER_TOKEN) return behalf.createPermission(permission);
  const answer = await fetch(new URL("/api/permissions", process.env.BEHALFID_BASE_URL), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${process.env.BEHALFID_API_KEY}` },
    body: JSON.stringify({ agentId: process.env.BEHALFID_AGENT_ID, ...permission }),
    redirect: "error",
  });
  const made = await answer.json();
  if (answer.status !== 201) throw new Error(`${made.error} ${NEEDED}`);
  return made;
}

try {
  if (!process.env.BEHALFID_AGENT_ID) await makeAgent();
  const behalf = new BehalfID();
  const { activePermissions } = await behalf.getBoundary();
  for (const permission of PERMISSIONS) {
    const { action, resource } = permission;
    const isThere = activePermissions.some((one) => one.action === action && one.resource === resource);
    const id = isThere ? "was there" : (await grant(behalf, permission)).permissionId;
    console.log(`${action} on ${resource}: ${id}`);
  }
} catch (error) {
  console.error(`setup failed: ${error.message}`);
  process.exitCode = 1;
}
