// SPDX-License-Identifier: Apache-2.0
/** Things as the API shows them (docs/api.md) that more than one page needs. Times are ISO 8601 in UTC. */

export type Role = "viewer" | "approver" | "admin" | "owner";

export interface Authority {
  role: Uppercase<Role>;
  roleLabel: string;
}

export interface Me {
  user: { userId: string; email: string; emailVerified: boolean; createdAt: string; isOperator: boolean };
  account: { accountId: string; name: string };
  role: Role;
  accounts: { accountId: string; name: string; role: Role }[];
}

export interface Agent {
  agentId: string;
  name: string;
  status: "active" | "disabled";
  agentType: "native" | "connected";
  provider: string;
  connectionStatus: string;
  externalAgentId: string | null;
  externalAgentLabel: string | null;
  description: string | null;
  guidelines: string[];
  ollamaBaseUrl: string | null;
  ollamaModel: string | null;
  publicPassportTokenPreview: string | null;
  publicPassportEnabled: boolean;
  lastUsedAt: string | null;
  keyRotatedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface Constraints {
  maxAmount?: number;
  expiresAt?: string;
  allowedVendors?: string[];
  allowedPaths?: string[];
  deniedPaths?: string[];
  deniedCommands?: string[];
  allowedBranches?: string[];
  deniedBranches?: string[];
  allowedEnvironments?: string[];
  deniedEnvironments?: string[];
  allowedRepositories?: string[];
  deniedRepositories?: string[];
}

/** What a person fills in to make a permission. */
export interface PermissionDraft {
  action: string;
  description?: string;
  resource?: string;
  scope?: string;
  allowedActions?: string[];
  blockedActions?: string[];
  requiresApproval?: boolean;
  approvalGrantMinutes?: number;
  notes?: string;
  template?: string;
  constraints?: Constraints;
}

export interface Permission {
  permissionId: string;
  action: string;
  description: string | null;
  resource: string | null;
  scope: string | null;
  allowedActions: string[];
  blockedActions: string[];
  requiresApproval: boolean;
  approvalGrantMinutes: number;
  notes: string | null;
  template: string | null;
  constraints: Constraints;
  status: "active" | "revoked" | "inactive";
  expiresAt: string | null;
  lastUsedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export type ApprovalStatus = "pending" | "approved" | "denied" | "used" | "expired";

export interface Approval {
  approvalId: string;
  requestId: string | null;
  kind: string;
  agentId: string;
  agentName: string | null;
  permissionId: string | null;
  action: string;
  vendor: string | null;
  amount: number | null;
  status: ApprovalStatus;
  displayStatus: "pending" | "approved" | "denied" | "consumed" | "expired";
  resolvedBy: string | null;
  resolvedAt: string | null;
  usedAt: string | null;
  grantExpiresAt: string | null;
  expiresAt: string;
  approvalGrantMinutes: number;
  createdAt: string;
  requiredRoleLabel: string;
  requesterName: string | null;
  argumentKind: "command" | "file_path" | null;
  argumentPreview: string | null;
  argumentPreviewTruncated: boolean;
  /** Only of one approval, not in lists. */
  argument?: string | null;
  argumentRedacted?: boolean;
  legacyUnbound: boolean;
  canApprove: boolean;
  canDeny: boolean;
  approveBlockReason: string | null;
  denyBlockReason: string | null;
}

export type Outcome = "allowed" | "denied" | "approval_required";
export type Risk = "low" | "medium" | "high";

export interface LogRow {
  requestId: string;
  agentId: string;
  agentName?: string | null;
  permissionId: string | null;
  action: string;
  amount: number | null;
  vendor: string | null;
  allowed: boolean;
  approvalRequired: boolean;
  reason: string;
  risk: Risk;
  shadow: boolean;
  createdAt: string;
  decision: Outcome;
  approvalId: string | null;
  execution: Record<string, unknown> | null;
  environment: string | null;
  metadata: Record<string, unknown> | null;
}

/** The answer to a verify call. */
export interface Decision {
  requestId: string;
  allowed: boolean;
  approvalRequired?: boolean;
  approvalId?: string;
  reason: string;
  risk: Risk;
}

/** GET /api/templates. */
export interface ScopeTemplate {
  id: string;
  label: string;
  category: string;
  description: string;
  action: string | null;
  resource: string | null;
  requiresApproval: boolean;
  template: string | null;
  risk: Risk;
  allowedActions: string[];
  blockedActions: string[];
}

export interface Preset {
  id: string;
  label: string;
  provider: string;
  description: string;
  scopes: string[];
}

export interface Named {
  id: string;
  label: string;
}

export interface Catalogue {
  categories: Named[];
  providers: Named[];
  templates: ScopeTemplate[];
  presets: Preset[];
}
