// SPDX-License-Identifier: Apache-2.0
#include "core/passport.h"

#include "core/quoted.h"
#include "lib/json.h"

#define TEXT_LIMIT ((size_t)2 << 20)

/* An absent text is null. */
static void add_string(struct bh_buf *out, struct bh_span text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&clean, TEXT_LIMIT);
    if (!bh_span_is_absent(text))
        bh_quoted_clean(text, &clean);
    bh_json_add_string_or_null(out, bh_span_is_absent(text) ? BH_ABSENT : bh_buf_span(&clean));
    if (clean.failed)
        out->failed = true;
}

static void add_text(struct bh_buf *out, const char *key, struct bh_span text)
{
    bh_json_add_key(out, key);
    add_string(out, text);
}

static void add_list(struct bh_buf *out, struct bh_span_list list)
{
    bh_buf_add_char(out, '[');
    for (uint32_t i = 0; i < list.count; i++) {
        bh_json_add_separator(out);
        add_string(out, list.items[i]);
    }
    bh_buf_add_char(out, ']');
}

static void add_list_or_null(struct bh_buf *out, const char *key, struct bh_span_list list)
{
    bh_json_add_key(out, key);
    if (list.count == 0)
        bh_buf_add_text(out, "null");
    else
        add_list(out, list);
}

static void add_scope(struct bh_buf *out, const struct bh_passport_scope *scope)
{
    bh_buf_add_char(out, '{');
    add_text(out, "action", scope->action);
    add_text(out, "resource", scope->resource);
    add_text(out, "scope", scope->scope);
    add_text(out, "description", scope->description);
    add_list_or_null(out, "allowedActions", scope->allowed_actions);
    add_list_or_null(out, "blockedActions", scope->blocked_actions);
    bh_json_add_bool_member(out, "requiresApproval", scope->requires_approval);
    bh_json_add_text_member(out, "notes", BH_ABSENT); /* they are internal; the member is for old readers */
    add_text(out, "template", scope->template_name);
    bh_json_add_key(out, "maxAmount");
    if (scope->has_max_amount)
        bh_json_add_number(out, scope->max_amount);
    else
        bh_buf_add_text(out, "null");
    bh_json_add_time_member(out, "expiresAt", scope->expires_at);
    bh_json_add_text_member(out, "status", BH_SPAN("active"));
    bh_buf_add_char(out, '}');
}

static void add_agent(struct bh_buf *out, const struct bh_passport *passport)
{
    bh_buf_add_char(out, '{');
    add_text(out, "agentId", passport->agent_id);
    add_text(out, "name", passport->name);
    add_text(out, "agentType", passport->agent_type);
    add_text(out, "provider", passport->provider);
    add_text(out, "connectionStatus", passport->connection_status);
    add_text(out, "description", passport->description);
    bh_json_add_key(out, "guidelines");
    add_list(out, passport->guidelines);
    bh_buf_add_char(out, '}');
}

void bh_passport_write_members(const struct bh_passport *passport, struct bh_buf *out)
{
    bh_json_add_text_member(out, "passportVersion", BH_SPAN(BH_PASSPORT_VERSION));
    bh_json_add_text_member(out, "mode", BH_SPAN("manual"));
    bh_json_add_key(out, "agent");
    add_agent(out, passport);
    bh_json_add_key(out, "permissions");
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < passport->scope_count; i++) {
        bh_json_add_separator(out);
        add_scope(out, &passport->scopes[i]);
    }
    bh_buf_add_char(out, ']');
    bh_json_add_key(out, "limitations");
    bh_buf_add_text(out, "[\"" BH_PASSPORT_LIMIT_ADVICE "\",\"" BH_PASSPORT_LIMIT_ENFORCED "\"]");
}

void bh_passport_write(const struct bh_passport *passport, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_passport_write_members(passport, out);
    bh_buf_add_char(out, '}');
}
