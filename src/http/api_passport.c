// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/passports.h"
#include "app/signed_passport.h"
#include "core/decide.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"
#include "verify/parse.h"

/* ---- by people: the link ---- */

/* The token is in the fragment, which browsers keep to themselves: it comes into no server's log. */
void bh_api_passport_create(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    struct bh_agent_record agent;
    char token[BH_SECRET_TEXT];
    char preview[BH_TOKEN_PREVIEW_TEXT];
    enum bh_err err =
        bh_credential_require_caller_of_agent(app, exchange, exchange->params[0], &principal, &agent);
    if (err == BH_OK)
        err = bh_passports_mint(app, &principal.authority, agent.id, token, preview);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "agentId", agent.agent_id);
    bh_buf_addf(body, ",\"passportUrl\":\"%s/passport/%.*s#token=%s\"", app->base_url,
        (int)agent.agent_id.len, agent.agent_id.data, token);
    bh_json_add_text_member(body, "tokenPreview", bh_span_from(preview));
    bh_buf_add_char(body, '}');
    bh_wipe(token, sizeof(token));
}

void bh_api_passport_revoke(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    struct bh_agent_record agent;
    enum bh_err err =
        bh_credential_require_caller_of_agent(app, exchange, exchange->params[0], &principal, &agent);
    if (err == BH_OK)
        err = bh_passports_revoke(app, &principal.authority, agent.id);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"revoked\":true}");
}

/* ---- by whoever has the link ---- */

/* The bearer's hash; false when it is of no kind that opens a passport. */
static bool read_token(const struct bh_exchange *exchange, struct bh_sha256 *ret_hash, bool *ret_is_key)
{
    static const struct bh_span prefixes[] = {{"bhf_pt_", 7}, {"bhf_pass_", 9}, {"bhf_sk_", 7}};
    for (size_t i = 0; i < BH_COUNT(prefixes); i++) {
        struct bh_span token = bh_credential_bearer(exchange, prefixes[i]);
        if (bh_span_is_absent(token))
            continue;
        *ret_hash = bh_sha256(token);
        *ret_is_key = i == 2;
        return true;
    }
    return false;
}

/*
 * The agent of the path, if the bearer is the token of its passport or its own key. Whatever else it is, and
 * whether or not there is such an agent or passport, the way is the same: one look into the database, one
 * comparison, BH_ERR_PASSPORT_LINK.
 */
static enum bh_err require_passport(
    struct bh_exchange *exchange, struct bh_db *db, struct bh_agent_record *ret_agent)
{
    struct bh_agent_record agent = {0};
    struct bh_sha256 given = {0};
    bool is_key = false;
    bool has_token = read_token(exchange, &given, &is_key);
    enum bh_err err = bh_agent_find_at_once(db, exchange->params[0], &exchange->arena, &agent);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    bool has_wanted = err == BH_OK && (is_key || !bh_span_is_absent(agent.passport_preview));
    struct bh_sha256 wanted = is_key ? agent.key_hash : agent.passport_hash;
    bool is_equal = bh_equal_constant_time(bh_sha256_span(&given), bh_sha256_span(&wanted));
    if (!is_equal || !has_token || !has_wanted)
        return BH_ERR_PASSPORT_LINK;
    exchange->authenticated = true;
    *ret_agent = agent;
    return BH_OK;
}

/* {"memory","json","instruction","prompt"}: what a page offers to copy. */
static void add_blocks(const struct bh_passport *passport, struct bh_buf *out)
{
    static const enum bh_passport_format formats[] = {
        BH_PASSPORT_MEMORY, BH_PASSPORT_JSON, BH_PASSPORT_INSTRUCTION, BH_PASSPORT_PROMPT};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, out->limit);
    bh_buf_add_char(out, '{');
    for (size_t i = 0; i < BH_COUNT(formats); i++) {
        bh_buf_clear(&text);
        bh_passport_write_text(passport, formats[i], &text);
        if (text.failed)
            out->failed = true;
        bh_json_add_text_member(out, bh_passport_format_text(formats[i]), bh_buf_span(&text));
    }
    bh_buf_add_char(out, '}');
}

static void reply_text(
    struct bh_exchange *exchange, const struct bh_passport *passport, enum bh_passport_format format)
{
    const char *type =
        format == BH_PASSPORT_MARKDOWN ? "text/markdown; charset=utf-8" : "text/plain; charset=utf-8";
    bh_passport_write_text(passport, format, bh_reply_text(exchange, 200, type));
}

struct view {
    struct bh_agent_record agent;
    struct bh_passport passport;
    int64_t now_ms;
};

static enum bh_err reply_signed(struct bh_app *app, struct bh_exchange *exchange, const struct view *view)
{
    return bh_signed_passport_write(app, &view->passport, view->agent.policy_version, view->now_ms,
        bh_reply_text(exchange, 200, "application/jwt"));
}

static enum bh_err reply_as(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_span wanted, const struct view *view)
{
    const struct bh_passport *passport = &view->passport;
    enum bh_passport_format format;
    if (bh_span_is_absent(wanted) || bh_span_equal(wanted, BH_SPAN("document")))
        bh_passport_write(passport, bh_reply_json(exchange, 200));
    else if (bh_span_equal(wanted, BH_SPAN("blocks")))
        add_blocks(passport, bh_reply_json(exchange, 200));
    else if (bh_passport_format_find(wanted, &format))
        reply_text(exchange, passport, format);
    else if (bh_span_equal(wanted, BH_SPAN("jwt")))
        return reply_signed(app, exchange, view);
    else
        return BH_ERR_PASSPORT_FORMAT;
    return BH_OK;
}

static enum bh_err load_view(struct bh_app *app, struct bh_exchange *exchange, struct view *view)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = require_passport(exchange, reader.db, &view->agent);
    view->now_ms = bh_clock_wall_ms();
    if (err == BH_OK)
        err = bh_passports_load(reader.db, &view->agent, view->now_ms, &exchange->arena, &view->passport);
    return err;
}

void bh_api_passport_read(struct bh_app *app, struct bh_exchange *exchange)
{
    struct view view = {0};
    enum bh_err err = load_view(app, exchange, &view);
    if (err == BH_OK)
        err = reply_as(app, exchange, bh_exchange_query(exchange, "format"), &view);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
}

/* ---- the preview ---- */

static enum bh_err load_policy(struct bh_app *app, struct bh_exchange *exchange, struct bh_policy *ret_policy)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_agent_record agent;
    struct bh_permission *permissions = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = require_passport(exchange, reader.db, &agent);
    if (err == BH_OK)
        err = bh_permission_load_policy(reader.db, agent.id, &exchange->arena, &permissions, &count);
    if (err == BH_OK)
        *ret_policy = (struct bh_policy){bh_span_equal(agent.status, BH_SPAN("active")), permissions, count};
    return err;
}

/* A verify call's fields, but for those that only a program at work can fill in; and a context, for people.
 */
static enum bh_err parse_preview(struct bh_exchange *exchange, json_t **ret_object,
    struct bh_verify_request *ret_request, struct bh_span *ret_detail)
{
    static const char *const keys[] = {"action", "vendor", "resource", "amount", "context", NULL};
    enum bh_err err = bh_fields_parse(exchange, keys, ret_object, ret_detail);
    if (err != BH_OK)
        return err;
    (void)json_object_del(*ret_object, "context");
    return bh_verify_parse(*ret_object, false, ret_request, ret_detail);
}

/* What verify would say now, before approvals. Nothing is recorded, spent, told or marked as used. */
void bh_api_passport_preview(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_verify_request request = {0};
    struct bh_policy policy = {0};
    enum bh_err err = load_policy(app, exchange, &policy);
    if (err == BH_OK)
        err = parse_preview(exchange, &object, &request, &detail);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    struct bh_decision decision = bh_decide(&policy, &request.facts, bh_clock_wall_ms(), &exchange->arena);
    char request_id[BH_ID_TEXT];
    bh_random_id("req", request_id);
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "requestId", bh_span_from(request_id));
    bh_json_add_bool_member(body, "allowed", decision.outcome == BH_ALLOW);
    bh_json_add_text_member(body, "reason", bh_span_from(bh_reason_text(decision.reason)));
    bh_json_add_text_member(body, "risk", bh_span_from(bh_risk_text(decision.risk)));
    bh_buf_add_char(body, '}');
}
