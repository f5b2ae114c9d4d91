// SPDX-License-Identifier: Apache-2.0
/*
 * Approving and denying: who may, and the change itself. One set of rules serves the change and what is shown
 * beforehand.
 */
#ifndef BH_APP_APPROVALS_H
#define BH_APP_APPROVALS_H

#include "app/app.h"
#include "core/role.h"
#include "store/authority.h"

/* Who looks at a request, or settles it. */
struct bh_approver {
    int64_t account;           /* 0: the server's own command line, which may settle those of any account */
    int64_t person;            /* internal */
    bool signed_in;            /* in person: with a session, not through a token */
    enum bh_role role;         /* in the account */
    bool separation_of_duties; /* of the account */
    struct bh_authority authority; /* with an account: looked at again by the change */
    struct bh_span name;           /* for the record: e-mail, or BH_RESOLVED_BY_COMMAND */
};

/* Why not. Zero bars. */
enum bh_approval_bar {
    BH_BAR_ENDED = 0,
    BH_BAR_TOKEN,
    BH_BAR_ROLE,
    BH_BAR_OWN_AGENT,
    BH_BAR_UNBOUND,
    BH_BAR_NONE /* the approver may */
};

/* `approval` with the status that it has now. */
enum bh_approval_bar bh_approval_judge(
    const struct bh_approval_record *approval, const struct bh_approver *approver, bool approve);
/* For people; NULL for BH_BAR_NONE. */
const char *bh_approval_bar_text(enum bh_approval_bar bar);
/* True when the action needs a command or a path to be bound to, and the request has none. */
bool bh_approval_is_unbound(const struct bh_approval_record *approval);

/* The command line of the server itself. */
struct bh_approver bh_approver_command(void);

/*
 * Approves or denies, and tells about it; role and separation of duties are read again inside the
 * transaction. May wait. *ret_approval is the request afterwards. BH_ERR_APPROVAL_NOT_FOUND unless it is
 * pending and of the approver's account; BH_ERR_APPROVE_FORBIDDEN, BH_ERR_DENY_FORBIDDEN;
 * BH_ERR_APPROVAL_UNBOUND.
 */
BH_MUST_USE
enum bh_err bh_approvals_settle(struct bh_app *app, const struct bh_approver *approver,
    struct bh_span approval_id, bool approve, struct bh_arena *arena,
    struct bh_approval_record *ret_approval);
/* The same by a process without a committer; `base_url` is the public address. */
BH_MUST_USE
enum bh_err bh_approvals_settle_alone(struct bh_db *db, const struct bh_approver *approver,
    struct bh_span approval_id, bool approve, const char *base_url, struct bh_arena *arena,
    struct bh_approval_record *ret_approval);

#endif
