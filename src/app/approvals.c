// SPDX-License-Identifier: Apache-2.0
#include "app/approvals.h"

#include "commit/announce.h"
#include "core/fingerprint.h"
#include "lib/clock.h"
#include "store/people.h"
#include "store/request_id.h"

bool bh_approval_is_unbound(const struct bh_approval_record *approval)
{
    return bh_action_is_bindable(approval->action) && approval->fingerprint.len == 0;
}

enum bh_approval_bar bh_approval_judge(
    const struct bh_approval_record *approval, const struct bh_approver *approver, bool approve)
{
    if (!bh_span_equal(approval->status, BH_SPAN("pending")))
        return BH_BAR_ENDED;
    if (approver->account != 0) {
        if (approver->account != approval->account)
            return BH_BAR_ENDED;
        if (!approver->signed_in)
            return BH_BAR_TOKEN;
        if (!bh_role_allows(approver->role, BH_MAY_APPROVE))
            return BH_BAR_ROLE;
        if (approve && approver->separation_of_duties &&
            (approver->person == approval->owner_person || approver->person == approval->key_person))
            return BH_BAR_OWN_AGENT;
    }
    return approve && bh_approval_is_unbound(approval) ? BH_BAR_UNBOUND : BH_BAR_NONE;
}

const char *bh_approval_bar_text(enum bh_approval_bar bar)
{
    static const char *const texts[] = {
        [BH_BAR_ENDED] = "This request does not wait any more.",
        [BH_BAR_TOKEN] = "Only a person who is signed in can do this; a developer token cannot.",
        [BH_BAR_ROLE] = "Approvers, admins and owners decide this; your role does not.",
        [BH_BAR_OWN_AGENT] =
            "Separation of duties is on: who made the agent or its key cannot approve its requests.",
        [BH_BAR_UNBOUND] = "The request names no command or path that an approval could be bound to.",
        [BH_BAR_NONE] = NULL,
    };
    return bar < BH_COUNT(texts) ? texts[bar] : texts[BH_BAR_ENDED];
}

struct bh_approver bh_approver_command(void)
{
    return (struct bh_approver){.name = BH_SPAN(BH_RESOLVED_BY_COMMAND)};
}

static enum bh_err error_of(enum bh_approval_bar bar, bool approve)
{
    switch (bar) {
    case BH_BAR_NONE:
        return BH_OK;
    case BH_BAR_UNBOUND:
        return BH_ERR_APPROVAL_UNBOUND;
    case BH_BAR_TOKEN:
    case BH_BAR_ROLE:
    case BH_BAR_OWN_AGENT:
        return approve ? BH_ERR_APPROVE_FORBIDDEN : BH_ERR_DENY_FORBIDDEN;
    case BH_BAR_ENDED:
    default:
        return BH_ERR_APPROVAL_NOT_FOUND;
    }
}

/* What the person may do at this moment: it may have changed since the request came in. */
static enum bh_err read_rights(struct bh_db *db, struct bh_approver *approver)
{
    if (approver->account == 0)
        return BH_OK;
    approver->role = BH_ROLE_NONE;
    enum bh_err err = bh_member_role(db, approver->account, approver->person, &approver->role);
    if (err == BH_OK || err == BH_ERR_NOT_FOUND)
        err = bh_account_separates_duties(db, approver->account, &approver->separation_of_duties);
    return err;
}

static enum bh_err announce(const struct bh_commit_context *context,
    const struct bh_approval_record *approval, bool approve, const char *base_url)
{
    char request_id[BH_REQUEST_ID_TEXT];
    if (approval->has_request)
        bh_request_id_encode(approval->request_row, approval->request_salt, request_id);
    return bh_announce_approval(context, approve ? BH_EVENT_APPROVAL_APPROVED : BH_EVENT_APPROVAL_DENIED,
        approval, approval->request_row, approval->has_request ? bh_span_from(request_id) : BH_ABSENT,
        base_url);
}

static enum bh_err write_verdict(const struct bh_commit_context *context, const struct bh_approver *approver,
    struct bh_span approval_id, bool approve, const char *base_url, struct bh_arena *arena,
    struct bh_approval_record *ret_approval)
{
    struct bh_approver current = *approver;
    struct bh_approval_record approval;
    enum bh_err err = bh_approval_find(context->db, approval_id, context->now_ms, arena, &approval);
    if (err == BH_OK)
        err = read_rights(context->db, &current);
    if (err == BH_OK)
        err = error_of(bh_approval_judge(&approval, &current, approve), approve);
    if (err == BH_OK)
        err = bh_approval_resolve(context->db, approval.account, approval_id, approve, approver->name,
            context->now_ms, &approval.grant_expires_at);
    if (err != BH_OK)
        return err;
    approval.status = approve ? BH_SPAN("approved") : BH_SPAN("denied");
    approval.resolved_by = approver->name;
    approval.resolved_at = context->now_ms;
    err = announce(context, &approval, approve, base_url);
    if (err == BH_OK)
        *ret_approval = approval;
    return err;
}

struct change {
    struct bh_app *app;
    const struct bh_approver *approver;
    struct bh_span approval_id;
    bool approve;
    struct bh_arena *arena;
    struct bh_approval_record approval;
};

static enum bh_err write_change(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    return write_verdict(context, change->approver, change->approval_id, change->approve,
        change->app->base_url, change->arena, &change->approval);
}

enum bh_err bh_approvals_settle(struct bh_app *app, const struct bh_approver *approver,
    struct bh_span approval_id, bool approve, struct bh_arena *arena, struct bh_approval_record *ret_approval)
{
    struct change change = {
        .app = app, .approver = approver, .approval_id = approval_id, .approve = approve, .arena = arena};
    enum bh_err err = bh_committer_run_for(
        app->committer, approver->account == 0 ? NULL : &approver->authority, write_change, NULL, &change);
    if (err == BH_OK)
        *ret_approval = change.approval;
    return err;
}

enum bh_err bh_approvals_settle_alone(struct bh_db *db, const struct bh_approver *approver,
    struct bh_span approval_id, bool approve, const char *base_url, struct bh_arena *arena,
    struct bh_approval_record *ret_approval)
{
    BH_CLEANUP(bh_outbox_finish) struct bh_outbox outbox = {0};
    struct bh_approval_record approval;
    unsigned changed = 0;
    enum bh_err err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    const struct bh_commit_context context = {
        .db = db, .outbox = &outbox, .now_ms = bh_clock_wall_ms(), .epoch = 1, .changed = &changed};
    err = write_verdict(&context, approver, approval_id, approve, base_url, arena, &approval);
    if (err != BH_OK) {
        bh_db_rollback(db);
        return err;
    }
    err = bh_db_commit(db);
    if (err == BH_OK)
        *ret_approval = approval;
    return err;
}
