// SPDX-License-Identifier: Apache-2.0
/*
 * Stored things as the API shows them.
 */
#ifndef BH_HTTP_PRESENT_H
#define BH_HTTP_PRESENT_H

#include "app/approvals.h"
#include "lib/json.h"
#include "store/audit.h"

void bh_present_agent(const struct bh_agent_record *agent, struct bh_buf *out);
void bh_present_permission(const struct bh_permission_record *permission, struct bh_buf *out);
/* An array of the agent's newest permissions, any status. */
void bh_present_permissions(const struct bh_permission_record *permissions, size_t count, struct bh_buf *out);
/* A member with a text that a caller sent: it may hold secrets, so it passes the redactor. Absent becomes
 * null. */
void bh_present_redacted(struct bh_buf *out, const char *key, struct bh_span text);
/* Once, before anything is answered: when this server started. What ran before that and has not ended is
 * unknown. */
void bh_present_executions_since(int64_t started_at);
/* The member "execution": what became of an action that the gateway ran; null when it ran none. */
void bh_present_execution(const struct bh_audit_row *row, struct bh_buf *out);
/* Metadata is withheld: null. Of both: the rows' executions must be attached (store/executions.h). */
void bh_present_log_row(const struct bh_audit_row *row, struct bh_buf *out);
/* With all that is stored, for people of the account. `agent_name` absent = null. */
void bh_present_log_row_full(const struct bh_audit_row *row, struct bh_span agent_name, struct bh_buf *out);

/* An approval request as the one who looks at it sees it; its target redacted and cut. */
void bh_present_approval(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out);
/* The same in two parts: what everybody sees, which takes the time, and what depends on who looks. */
void bh_present_approval_begin(const struct bh_approval_record *approval, struct bh_buf *out);
void bh_present_approval_end(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out);
/* With the target whole: exact for whoever may approve, else redacted. */
void bh_present_approval_whole(
    const struct bh_approval_record *approval, const struct bh_approver *viewer, struct bh_buf *out);

/* The caller's part in the account, as clients read it: {"role","roleLabel","authorityLevel"}; null for
 * nobody.
 */
void bh_present_authority(enum bh_role role, struct bh_buf *out);

#endif
