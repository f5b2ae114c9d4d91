// SPDX-License-Identifier: Apache-2.0
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
