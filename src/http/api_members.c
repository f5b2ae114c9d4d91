// SPDX-License-Identifier: Apache-2.0
/*
 * Who is in the account, and with which role.
 */
#include "http/handlers.h"

#include "app/members.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/log.h"
#include "store/reader.h"

static void add_member(const struct bh_member_record *member, int64_t caller, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "memberId", member->member_id);
    bh_json_add_text_member(out, "userId", member->user_id);
    bh_json_add_text_member(out, "email", member->email);
    bh_buf_addf(out, ",\"role\":\"%s\",\"roleLabel\":\"%s\"", bh_role_text(member->role),
        bh_role_label(member->role));
    bh_json_add_time_member(out, "createdAt", member->created_at);
    bh_json_add_bool_member(out, "you", member->person == caller);
    bh_buf_add_char(out, '}');
}

void bh_api_member_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct bh_member_record *members = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err =
            bh_member_list(reader.db, principal.account, BH_MEMBERS_MAX, &exchange->arena, &members, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"members\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        add_member(&members[i], principal.person, body);
    }
    bh_buf_add_text(body, "],\"workspaceAuthority\":");
    bh_present_authority(principal.role, body);
    bh_buf_add_char(body, '}');
}

static void log_change(const char *what, const struct bh_principal *principal, struct bh_span member_id)
{
    bh_log(BH_LOG_INFO, what, "memberId", member_id.data, "by", principal->actor.data, NULL);
}

void bh_api_member_change(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const keys[] = {"role", NULL};
    BH_CLEANUP(bh_json_release) json_t *object = NULL;
    struct bh_span detail = BH_ABSENT;
    struct bh_principal principal;
    struct bh_member_record member = {0};
    enum bh_role role = BH_ROLE_NONE;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = bh_fields_parse(exchange, keys, &object, &detail);
    if (err == BH_OK) {
        role = bh_role_find(bh_json_member_text(object, "role"));
        err = role == BH_ROLE_NONE ? BH_ERR_MEMBER_ROLE : BH_OK;
    }
    if (err == BH_OK)
        err = bh_members_set_role(
            app, &principal.authority, exchange->params[0], role, &exchange->arena, &member);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, detail);
        return;
    }
    log_change("a member has another role", &principal, member.member_id);
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"member\":");
    add_member(&member, principal.person, body);
    bh_buf_add_char(body, '}');
}

void bh_api_member_remove(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    struct bh_span member_id;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK && !bh_arena_copy(&exchange->arena, exchange->params[0], &member_id))
        err = BH_ERR_NO_MEMORY;
    if (err == BH_OK)
        err = bh_members_remove(app, &principal.authority, member_id, &exchange->arena);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    log_change("a member was removed", &principal, member_id);
    bh_buf_add_text(bh_reply_json(exchange, 200), "{\"removed\":true}");
}

void bh_api_member_leave(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_principal principal;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = bh_members_leave(app, &principal.authority);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    bh_log(BH_LOG_INFO, "a member has left", "userId", principal.user_id.data, NULL);
    bh_session_set_cookie(app, exchange, NULL); /* the session ended with the membership */
    bh_buf_add_text(bh_reply_json(exchange, 200), "{\"left\":true}");
}
