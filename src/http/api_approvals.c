// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/approvals.h"
#include "http/credentials.h"
#include "http/log_view.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"

#define PAGE_MAX 100
#define INBOX_APPROVALS 50
#define INBOX_DENIALS 50
#define INBOX_MS (48 * INT64_C(3600000))

static struct bh_approver approver_from(const struct bh_principal *principal)
{
    return (struct bh_approver){.account = principal->account,
        .authority = principal->authority,
        .person = principal->person,
        .signed_in = principal->session != 0,
        .role = principal->role,
        .name = principal->email};
}

/* Who is calling, with what the account lets them do. */
static enum bh_err require_approver(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_approver *ret_approver)
{
    struct bh_principal principal;
    enum bh_err err = bh_credential_require_person(app, exchange, db, &principal);
    if (err != BH_OK)
        return err;
    struct bh_approver approver = approver_from(&principal);
    err = bh_account_separates_duties(db, principal.account, &approver.separation_of_duties);
    if (err == BH_OK)
        *ret_approver = approver;
    return err;
}

/* Of the approver's account; another's does not exist. */
static enum bh_err find_approval(struct bh_exchange *exchange, struct bh_db *db, int64_t account,
    struct bh_span approval_id, struct bh_approval_record *ret_approval)
{
    struct bh_approval_record approval;
    enum bh_err err = bh_approval_find(db, approval_id, bh_clock_wall_ms(), &exchange->arena, &approval);
    if (err == BH_OK && approval.account != account)
        err = BH_ERR_APPROVAL_NOT_FOUND;
    if (err == BH_OK)
        *ret_approval = approval;
    return err;
}

/* ---- list ---- */

struct page {
    struct bh_approver viewer;
    struct bh_approval_filter filter; /* asks for one more than the page shows */
    struct bh_approval_record before;
    struct bh_approval_record *approvals;
    size_t count, limit;
};

static enum bh_err read_status(const struct bh_exchange *exchange, struct bh_span *ret_status)
{
    static const char *const choices[] = {"pending", "approved", "denied", "used", "expired"};
    struct bh_span status = bh_exchange_query(exchange, "status");
    if (status.len == 0)
        status = BH_SPAN("pending");
    if (bh_span_equal(status, BH_SPAN("consumed"))) /* as displayStatus says it */
        status = BH_SPAN("used");
    if (bh_span_equal(status, BH_SPAN("all"))) {
        *ret_status = BH_ABSENT;
        return BH_OK;
    }
    for (size_t i = 0; i < BH_COUNT(choices); i++) {
        if (bh_span_equal(status, bh_span_from(choices[i]))) {
            *ret_status = status;
            return BH_OK;
        }
    }
    return BH_ERR_APPROVAL_STATUS;
}

static enum bh_err read_limit(const struct bh_exchange *exchange, size_t *ret_limit)
{
    struct bh_span text = bh_exchange_query(exchange, "limit");
    size_t limit = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || limit > PAGE_MAX)
            return BH_ERR_APPROVAL_PAGE;
        limit = limit * 10 + (size_t)(text.data[i] - '0');
    }
    if (text.len == 0)
        limit = PAGE_MAX;
    if (limit < 1 || limit > PAGE_MAX)
        return BH_ERR_APPROVAL_PAGE;
    *ret_limit = limit;
    return BH_OK;
}

static enum bh_err find_agent(
    struct bh_exchange *exchange, struct bh_db *db, int64_t account, int64_t *ret_agent)
{
    struct bh_agent_record agent;
    struct bh_span agent_id = bh_exchange_query(exchange, "agentId");
    if (agent_id.len == 0)
        return BH_OK;
    enum bh_err err = bh_agent_find(db, agent_id, &exchange->arena, &agent);
    if (err == BH_ERR_NOT_FOUND || (err == BH_OK && agent.account != account))
        return BH_ERR_AGENT_NOT_FOUND;
    if (err == BH_OK)
        *ret_agent = agent.id;
    return err;
}

static enum bh_err find_before(struct bh_exchange *exchange, struct bh_db *db, struct page *page)
{
    struct bh_span before = bh_exchange_query(exchange, "before");
    if (before.len == 0)
        return BH_OK;
    enum bh_err err = find_approval(exchange, db, page->viewer.account, before, &page->before);
    page->filter.before = &page->before;
    return err == BH_ERR_APPROVAL_NOT_FOUND ? BH_ERR_APPROVAL_BEFORE : err;
}

static enum bh_err load_page(struct bh_app *app, struct bh_exchange *exchange, struct page *page)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = require_approver(app, exchange, reader.db, &page->viewer);
    if (err == BH_OK)
        err = read_status(exchange, &page->filter.status);
    if (err == BH_OK)
        err = read_limit(exchange, &page->limit);
    if (err == BH_OK)
        err = find_agent(exchange, reader.db, page->viewer.account, &page->filter.agent);
    if (err == BH_OK)
        err = find_before(exchange, reader.db, page);
    page->filter.account = page->viewer.account;
    page->filter.action = bh_exchange_query(exchange, "action");
    if (page->filter.action.len == 0)
        page->filter.action = BH_ABSENT;
    page->filter.limit = page->limit + 1;
    if (err == BH_OK)
        err = bh_approval_list(
            reader.db, &page->filter, bh_clock_wall_ms(), &exchange->arena, &page->approvals, &page->count);
    return err;
}

static void write_approvals(const struct bh_approval_record *approvals, size_t count,
    const struct bh_approver *viewer, struct bh_buf *body)
{
    bh_buf_add_char(body, '[');
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        bh_present_approval(&approvals[i], viewer, body);
    }
    bh_buf_add_char(body, ']');
}

static void write_authority(const struct bh_approver *viewer, struct bh_buf *body)
{
    bh_json_add_key(body, "workspaceAuthority");
    bh_present_authority(viewer->role, body);
}

void bh_api_dashboard_approval_list(struct bh_app *app, struct bh_exchange *exchange)
{
    struct page page = {0};
    enum bh_err err = load_page(app, exchange, &page);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    bool more = page.count > page.limit;
    size_t count = more ? page.limit : page.count;
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"approvals\":");
    write_approvals(page.approvals, count, &page.viewer, body);
    bh_buf_addf(body, ",\"pagination\":{\"limit\":%zu", page.limit);
    bh_json_add_text_member(body, "nextBefore", more ? page.approvals[count - 1].approval_id : BH_ABSENT);
    bh_buf_add_char(body, '}');
    write_authority(&page.viewer, body);
    bh_buf_add_char(body, '}');
}

/* ---- one ---- */

void bh_api_dashboard_approval_read(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_approver viewer;
    struct bh_approval_record approval;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = require_approver(app, exchange, reader.db, &viewer);
    if (err == BH_OK)
        err = find_approval(exchange, reader.db, viewer.account, exchange->params[0], &approval);
    if (err != BH_OK) {
        bh_reply_error(exchange, err == BH_ERR_APPROVAL_NOT_FOUND ? BH_ERR_APPROVAL_UNKNOWN : err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"approval\":");
    bh_present_approval_whole(&approval, &viewer, body);
    write_authority(&viewer, body);
    bh_buf_add_char(body, '}');
}

/* ---- approve and deny ---- */

static enum bh_err load_approver(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_approver *ret_approver)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? require_approver(app, exchange, reader.db, ret_approver) : err;
}

static void settle(struct bh_app *app, struct bh_exchange *exchange, bool approve)
{
    struct bh_approver approver;
    struct bh_approval_record approval;
    enum bh_err err = load_approver(app, exchange, &approver);
    if (err == BH_ERR_VIEWER || err == BH_ERR_ROLE)
        err = approve ? BH_ERR_APPROVE_FORBIDDEN : BH_ERR_DENY_FORBIDDEN;
    if (err == BH_OK)
        err = bh_approvals_settle(app, &approver, exchange->params[0], approve, &exchange->arena, &approval);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, approve ? "{\"approved\":true,\"grantExpiresAt\":" : "{\"denied\":true");
    if (approve)
        bh_json_add_time_or_null(body, approval.grant_expires_at);
    bh_buf_add_char(body, '}');
}

void bh_api_dashboard_approval_approve(struct bh_app *app, struct bh_exchange *exchange)
{
    settle(app, exchange, true);
}

void bh_api_dashboard_approval_deny(struct bh_app *app, struct bh_exchange *exchange)
{
    settle(app, exchange, false);
}

/* ---- inbox ---- */

struct inbox {
    struct bh_approver viewer;
    struct bh_approval_record *pending, *approved;
    size_t pending_count, approved_count;
    struct bh_audit_page denied;
    struct bh_span *denied_names;
};

/* What waits first, then what was approved and may still be used, INBOX_APPROVALS in all. */
static enum bh_err load_waiting(struct bh_db *db, int64_t now_ms, struct bh_arena *arena, struct inbox *inbox)
{
    struct bh_approval_filter filter = {
        .account = inbox->viewer.account, .status = BH_SPAN("pending"), .limit = INBOX_APPROVALS};
    enum bh_err err = bh_approval_list(db, &filter, now_ms, arena, &inbox->pending, &inbox->pending_count);
    if (err != BH_OK)
        return err;
    filter.status = BH_SPAN("approved");
    filter.limit = INBOX_APPROVALS - inbox->pending_count;
    return bh_approval_list(db, &filter, now_ms, arena, &inbox->approved, &inbox->approved_count);
}

static enum bh_err load_inbox(struct bh_app *app, struct bh_exchange *exchange, struct inbox *inbox)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    int64_t now_ms = bh_clock_wall_ms();
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = require_approver(app, exchange, reader.db, &inbox->viewer);
    if (err == BH_OK)
        err = load_waiting(reader.db, now_ms, &exchange->arena, inbox);
    if (err != BH_OK)
        return err;
    const struct bh_audit_filter filter = {.account = inbox->viewer.account,
        .decision = BH_AUDIT_DENIED,
        .shadow = BH_NO,
        .has_risk = true,
        .risk = BH_RISK_HIGH,
        .from = now_ms - INBOX_MS};
    err = bh_audit_list(reader.db, &filter, 0, 0, INBOX_DENIALS, &exchange->arena, &inbox->denied);
    if (err != BH_OK)
        return err;
    return bh_log_view_find_names(reader.db, &exchange->arena, &inbox->denied, &inbox->denied_names);
}

void bh_api_dashboard_inbox(struct bh_app *app, struct bh_exchange *exchange)
{
    struct inbox inbox = {0};
    enum bh_err err = load_inbox(app, exchange, &inbox);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"pendingApprovals\":[");
    for (size_t i = 0; i < inbox.pending_count + inbox.approved_count; i++) {
        bh_json_add_separator(body);
        bh_present_approval(
            i < inbox.pending_count ? &inbox.pending[i] : &inbox.approved[i - inbox.pending_count],
            &inbox.viewer, body);
    }
    bh_buf_add_text(body, "],\"deniedHighRisk\":[");
    for (size_t i = 0; i < inbox.denied.count; i++) {
        bh_json_add_separator(body);
        bh_present_log_row_full(&inbox.denied.rows[i], inbox.denied_names[i], body);
    }
    bh_buf_add_char(body, ']');
    write_authority(&inbox.viewer, body);
    bh_buf_add_char(body, '}');
}
