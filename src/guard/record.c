// SPDX-License-Identifier: Apache-2.0
#include "guard/inquiry.h"

#include "app/app.h"
#include "commit/account_facts.h"
#include "commit/touches.h"
#include "core/redact.h"
#include "lib/log.h"

#define SIGNATURE_HOLDS_MS 1000 /* a signature that was checked longer ago may have expired */

/* Are the rules that were evaluated still those in force, in this transaction? */
static enum bh_err is_current(
    struct bh_site_snapshot *snapshot, const struct bh_commit_context *context, bool *ret_current)
{
    const struct bh_account_facts *account;
    int64_t site_version = 0;
    enum bh_err err = bh_account_facts_find(context, snapshot->account, &account);
    if (err != BH_OK)
        return err;
    *ret_current = account->policy_version == atomic_load(&snapshot->account_version);
    if (*ret_current)
        return BH_OK;
    err = bh_site_policy_version(context->db, snapshot->site, &site_version);
    if (err == BH_ERR_SITE_NOT_FOUND)
        return BH_OK;
    if (err != BH_OK)
        return err;
    *ret_current = site_version == snapshot->site_version;
    if (*ret_current &&
        !context->policy_changed) /* only something else of the account has changed, for good */
        atomic_store(&snapshot->account_version, account->policy_version);
    return BH_OK;
}

/* The transaction's time, unless the clock went back since the evaluation. */
static int64_t decision_time(const struct bh_inquiry *inquiry, const struct bh_commit_context *context)
{
    return context->now_ms > inquiry->now_ms ? context->now_ms : inquiry->now_ms;
}

/*
 * Loads the site inside the transaction, where it cannot change any more, and decides on it.
 * INVARIANT: a snapshot read inside an open transaction never enters the cache: should the transaction be
 * rolled back, its version number would be given to other rules.
 */
static enum bh_err decide_again(struct bh_inquiry *inquiry, const struct bh_commit_context *context)
{
    struct bh_site_snapshot *fresh = NULL;
    enum bh_err err;
    if (inquiry->authority.token != 0) {
        err = bh_site_snapshot_load_site(context->db, inquiry->snapshot->site, &fresh);
    } else {
        bh_cache_drop(inquiry->app->sites, &inquiry->key_hash);
        err = bh_site_snapshot_load(context->db, &inquiry->key_hash, &fresh);
    }
    if (err != BH_OK)
        return err;
    bh_site_snapshot_release(inquiry->snapshot);
    inquiry->snapshot = fresh;
    inquiry->decided_in_transaction = true;
    return bh_inquiry_evaluate(inquiry, decision_time(inquiry, context));
}

/* Waiting for the transaction may take long, if another process writes; rules and time must be today's. */
static enum bh_err ensure_current(struct bh_inquiry *inquiry, const struct bh_commit_context *context)
{
    bool current = false;
    enum bh_err err = BH_OK;
    if (inquiry->authority.token != 0)
        err = bh_authority_check(context->db, &inquiry->authority);
    if (err == BH_OK && !inquiry->decided_in_transaction)
        err = is_current(inquiry->snapshot, context, &current);
    if (err != BH_OK)
        return err;
    if (!current)
        return decide_again(inquiry, context);
    int64_t now_ms = decision_time(inquiry, context);
    if (inquiry->request.is_signed && now_ms - inquiry->now_ms > SIGNATURE_HOLDS_MS)
        return bh_inquiry_evaluate(inquiry, now_ms);
    return BH_OK;
}

/* ---- the entry ---- */

/* A path or user agent of BH_SITE_PATH_UNITS characters that are all secrets grows no longer than this. */
#define KEPT_LIMIT 16384

static enum bh_err redact(struct bh_span text, struct bh_arena *arena, struct bh_span *ret_clean)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&clean, KEPT_LIMIT);
    bh_redact(text, &clean);
    if (clean.len == 0 && !clean.failed) {
        *ret_clean = BH_SPAN("");
        return BH_OK;
    }
    return !clean.failed && bh_arena_copy(arena, bh_buf_span(&clean), ret_clean) ? BH_OK : BH_ERR_NO_MEMORY;
}

enum bh_err bh_inquiry_redact(struct bh_inquiry *inquiry)
{
    const struct bh_site_request *request = &inquiry->request;
    struct bh_arena *arena = &inquiry->exchange->arena;
    inquiry->kept = (struct bh_site_kept){.agent_identifier = BH_ABSENT};
    enum bh_err err = redact(request->path, arena, &inquiry->kept.path);
    if (err == BH_OK)
        err = redact(request->user_agent, arena, &inquiry->kept.user_agent);
    if (err == BH_OK && !bh_span_is_absent(request->agent_identifier))
        err = redact(request->agent_identifier, arena, &inquiry->kept.agent_identifier);
    return err;
}

#define NUMBERED_SITES 64

/*
 * The next number of a site's access log. Asked for once per epoch: within one, nobody but us appends, and
 * the committer's thread is the only one that comes here.
 */
static enum bh_err next_number(const struct bh_commit_context *context, int64_t site, int64_t **ret_number)
{
    static _Thread_local struct numbered {
        int64_t epoch, site, next;
    } known[NUMBERED_SITES];
    struct numbered *slot = &known[(uint64_t)site % NUMBERED_SITES];
    if (slot->epoch != context->epoch || slot->site != site) {
        int64_t last = 0;
        slot->epoch = 0;
        enum bh_err err = bh_site_check_last(context->db, site, &last);
        if (err != BH_OK)
            return err;
        *slot = (struct numbered){context->epoch, site, last + 1};
    }
    *ret_number = &slot->next;
    return BH_OK;
}

static enum bh_err append(struct bh_inquiry *inquiry, const struct bh_commit_context *context)
{
    const struct bh_site_kept *kept = &inquiry->kept;
    const struct bh_site_decision *decision = &inquiry->decision;
    int64_t *number;
    enum bh_err err = next_number(context, inquiry->snapshot->site, &number);
    if (err != BH_OK)
        return err;
    const struct bh_site_check_record check = {.site = inquiry->snapshot->site,
        .number = *number,
        .request_id = bh_span_from(inquiry->request_id),
        .rule_id = decision->rule == NULL ? BH_ABSENT : decision->rule->rule_id,
        .domain = inquiry->snapshot->domain,
        .path = kept->path,
        .user_agent = kept->user_agent,
        .agent_identifier = kept->agent_identifier,
        .verified_agent = inquiry->identity.result == BH_BOT_VERIFIED ? inquiry->identity.agent : BH_ABSENT,
        .reason = decision->reason,
        .created_at = inquiry->now_ms};
    err = bh_site_check_append(context->db, &check);
    if (err == BH_OK)
        *number += 1;
    return err;
}

static void touch(const struct bh_inquiry *inquiry, const struct bh_commit_context *context)
{
    if (inquiry->authority.token != 0)
        bh_touches_add_row(context->touches, BH_TOUCH_TOKEN, inquiry->authority.token, context->now_ms);
    else
        bh_touches_add_row(context->touches, BH_TOUCH_SITE_KEY, inquiry->snapshot->key, context->now_ms);
}

/* Found before the first write, so the other jobs of the batch need not suffer. */
static bool is_refusal(enum bh_err err)
{
    return err == BH_ERR_STORE_CORRUPT || bh_err_info(err)->status < 500;
}

enum bh_err bh_inquiry_record(struct bh_commit_job *job, const struct bh_commit_context *context)
{
    struct bh_inquiry *inquiry = (struct bh_inquiry *)job;
    inquiry->refused = BH_OK;
    enum bh_err err = ensure_current(inquiry, context);
    if (err == BH_ERR_STORE_CORRUPT)
        bh_log(BH_LOG_ERROR, "a stored row of a site is damaged: denying", NULL);
    if (err != BH_OK && is_refusal(err)) {
        inquiry->refused = err;
        return BH_OK;
    }
    if (err == BH_OK)
        err = append(inquiry, context);
    if (err == BH_OK)
        touch(inquiry, context);
    return err;
}
