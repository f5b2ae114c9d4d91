// SPDX-License-Identifier: Apache-2.0
/*
 * BH_EVENT(name, number, text). Included several times; has no guard on purpose. The numbers are stored, and
 * are bits of the masks that say who wants what: append only, below 62.
 */
BH_EVENT(VERIFICATION_ALLOWED, 0, "verification.allowed")
BH_EVENT(VERIFICATION_DENIED, 1, "verification.denied")
BH_EVENT(VERIFICATION_APPROVAL_REQUIRED, 2, "verification.approval_required")
BH_EVENT(VERIFICATION_SHADOW, 3, "verification.shadow")
BH_EVENT(APPROVAL_REQUESTED, 4, "approval.requested")
BH_EVENT(APPROVAL_APPROVED, 5, "approval.approved")
BH_EVENT(APPROVAL_DENIED, 6, "approval.denied")
BH_EVENT(APPROVAL_USED, 7, "approval.used")
BH_EVENT(AGENT_CREATED, 8, "agent.created")
BH_EVENT(AGENT_DISABLED, 9, "agent.disabled")
BH_EVENT(AGENT_ENABLED, 10, "agent.enabled")
BH_EVENT(AGENT_KEY_ROTATED, 11, "agent.key_rotated")
BH_EVENT(PERMISSION_CREATED, 12, "permission.created")
BH_EVENT(PERMISSION_REVOKED, 13, "permission.revoked")
BH_EVENT(WEBHOOK_DISABLED, 14, "webhook.disabled")
