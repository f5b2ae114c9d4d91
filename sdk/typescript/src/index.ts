// SPDX-License-Identifier: Apache-2.0
export type { ActionOutcome, ActionRequest, ActionResult, ExecutedAction, RefusedAction } from "./actions.js";
export type {
  AgentInput,
  AgentKey,
  Boundary,
  BoundaryPermission,
  CreatedAgent,
  CreatedPermission,
  PermissionConstraints,
  PermissionInput,
} from "./agents.js";
export { BehalfID } from "./client.js";
export {
  BehalfIDAPIError,
  BehalfIDApprovalRequired,
  BehalfIDConfigurationError,
  BehalfIDDenied,
  BehalfIDError,
  BehalfIDUnavailable,
} from "./errors.js";
export type { UnavailableKind } from "./errors.js";
export type { Guarded, GuardMapping, GuardOptions } from "./guard.js";
export type { LogEntry, LogQuery } from "./logs.js";
export type { SiteCheck, SiteDecision, SiteGuard } from "./site-guard.js";
export type {
  Approval,
  ApprovalStatus,
  BehalfIDOptions,
  CallOptions,
  Decision,
  Risk,
  ShadowDecision,
  VerifyOptions,
  VerifyRequest,
  WaitOptions,
} from "./types.js";
export { VERSION } from "./version.js";
export { verifyWebhookSignature } from "./webhooks.js";
export type { WebhookHeaders, WebhookParts } from "./webhooks.js";
