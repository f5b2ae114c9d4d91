// SPDX-License-Identifier: Apache-2.0
/*
 * The rules of a guarded site.
 */
#include "http/handlers.h"

#include "core/site_names.h"
#include "http/fields.h"
#include "http/present_sites.h"
#include "http/reply.h"
#include "http/site_access.h"

#define LIST_LIMIT BH_BODY_LIMIT

/* What a body says about a rule. */
struct draft {
    struct bh_arena *arena;
    const json_t *body;
    struct bh_site_rule_record rule;
    unsigned named;
    struct bh_span detail; /* for the text of an error */
};

static enum bh_err fail(struct draft *draft, enum bh_err err, const char *key)
{
    draft->detail = bh_span_from(key);
    return err;
}

/* ---- fields ---- */

/* Text, or null or blank for none. What is no text is refused: a rule without it would be a wider one. */
static enum bh_err read_text(struct draft *draft, const char *key, size_t units, enum bh_err too_long,
    unsigned name, struct bh_span *ret_text)
{
    const json_t *value = json_object_get(draft->body, key);
    if (value == NULL)
        return BH_OK;
    if (!json_is_string(value) && !json_is_null(value))
        return fail(draft, BH_ERR_FIELD_TEXT, key);
    draft->named |= name;
    return bh_fields_optional_text(draft->body, key, units, too_long, ret_text, &draft->detail);
}

static enum bh_err read_texts(struct draft *draft)
{
    struct bh_site_rule_record *rule = &draft->rule;
    enum bh_err err = read_text(draft, "agentIdentifier", 180, BH_ERR_LABEL_TOO_LONG,
        BH_SITE_RULE_AGENT_IDENTIFIER, &rule->agent_identifier);
    if (err == BH_OK)
        err = read_text(draft, "userAgentPattern", 240, BH_ERR_TEXT_TOO_LONG_240,
            BH_SITE_RULE_USER_AGENT_PATTERN, &rule->user_agent_pattern);
    if (err == BH_OK)
        err = read_text(draft, "notes", 1000, BH_ERR_SITE_RULE_NOTES, BH_SITE_RULE_NOTES, &rule->notes);
    return err;
}

/* true or "*": by any directory that the site trusts; an address: by that one; null or false: not demanded.
 */
static enum bh_err read_verified_agent(struct draft *draft)
{
    const json_t *value = json_object_get(draft->body, "verifiedAgent");
    struct bh_span text = bh_json_text(value);
    if (value == NULL)
        return BH_OK;
    draft->named |= BH_SITE_RULE_VERIFIED_AGENT;
    if (json_is_null(value) || json_is_false(value))
        return BH_OK;
    if (json_is_true(value) || bh_span_equal(bh_span_trim(text), BH_SPAN("*"))) {
        draft->rule.verified_agent = BH_SPAN("*");
        return BH_OK;
    }
    return bh_site_origin_canonical(text, draft->arena, &draft->rule.verified_agent)
               ? BH_OK
               : BH_ERR_SITE_VERIFIED_AGENT;
}

static enum bh_err add_path(struct draft *draft, const char *key, const json_t *item, struct bh_buf *paths)
{
    struct bh_span path;
    if (!json_is_string(item))
        return fail(draft, BH_ERR_SITE_RULE_PATHS_STRINGS, key);
    struct bh_span text = bh_span_trim(bh_json_text(item));
    if (bh_span_utf16_length(text) > BH_SITE_PATH_UNITS)
        return fail(draft, BH_ERR_SITE_RULE_PATHS_LENGTH, key);
    if (!bh_site_pattern_canonical(text, draft->arena, &path))
        return fail(draft, BH_ERR_SITE_RULE_PATHS_ABSOLUTE, key);
    bh_json_add_separator(paths);
    bh_json_add_string(paths, path);
    return BH_OK;
}

/* The patterns in the form in which they are compared; null is the empty list. */
static enum bh_err read_paths(struct draft *draft, const char *key, unsigned name, struct bh_span *ret_paths)
{
    const json_t *array = json_object_get(draft->body, key);
    BH_CLEANUP(bh_buf_finish) struct bh_buf paths = {0};
    enum bh_err err = BH_OK;
    if (array != NULL && !json_is_null(array) && !json_is_array(array))
        return fail(draft, BH_ERR_SITE_RULE_PATHS, key);
    if (json_array_size(array) > BH_SITE_PATHS_MAX)
        return fail(draft, BH_ERR_SITE_RULE_PATHS_SIZE, key);
    bh_buf_init(&paths, LIST_LIMIT);
    bh_buf_add_char(&paths, '[');
    for (size_t i = 0; i < json_array_size(array) && err == BH_OK; i++)
        err = add_path(draft, key, json_array_get(array, i), &paths);
    bh_buf_add_char(&paths, ']');
    if (err != BH_OK)
        return err;
    if (array != NULL)
        draft->named |= name;
    return !paths.failed && bh_arena_copy(draft->arena, bh_buf_span(&paths), ret_paths) ? BH_OK
                                                                                        : BH_ERR_NO_MEMORY;
}

static enum bh_err read_rest(struct draft *draft)
{
    static const char *const statuses[] = {"active", "disabled", NULL};
    struct bh_site_rule_record *rule = &draft->rule;
    const json_t *requires_approval = json_object_get(draft->body, "requiresApproval");
    enum bh_err err =
        bh_fields_choice(draft->body, "status", statuses, "active", BH_ERR_SITE_STATUS, &rule->status);
    if (err == BH_OK)
        err = read_verified_agent(draft);
    if (err == BH_OK)
        err = read_paths(draft, "allowedPaths", BH_SITE_RULE_ALLOWED_PATHS, &rule->allowed_paths);
    if (err == BH_OK)
        err = read_paths(draft, "blockedPaths", BH_SITE_RULE_BLOCKED_PATHS, &rule->blocked_paths);
    if (err == BH_OK && requires_approval != NULL && !json_is_boolean(requires_approval))
        err = fail(draft, BH_ERR_BOOLEAN, "requiresApproval");
    rule->requires_approval = json_is_true(requires_approval);
    if (requires_approval != NULL)
        draft->named |= BH_SITE_RULE_REQUIRES_APPROVAL;
    if (json_object_get(draft->body, "status") != NULL)
        draft->named |= BH_SITE_RULE_STATUS;
    return err;
}

static enum bh_err parse(struct bh_exchange *exchange, json_t **ret_body, struct draft *draft)
{
    static const char *const keys[] = {"name", "status", "agentIdentifier", "userAgentPattern",
        "verifiedAgent", "allowedPaths", "blockedPaths", "requiresApproval", "notes", NULL};
    enum bh_err err = bh_fields_parse(exchange, keys, ret_body, &draft->detail);
    draft->body = *ret_body;
    return err;
}

/* ---- answers ---- */

static void reply_rule(
    struct bh_exchange *exchange, const struct bh_site_ref *ref, struct bh_span rule_id, int status)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_site_record site;
    struct bh_site_rule_record rule;
    enum bh_err err = bh_site_access_reload(exchange, ref, &reader, &site);
    if (err == BH_OK)
        err = bh_site_rule_find(reader.db, site.id, rule_id, &exchange->arena, &rule);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, status);
    bh_buf_add_text(body, "{\"rule\":");
    bh_present_site_rule(&rule, site.site_id, body);
    bh_buf_add_char(body, '}');
}

void bh_api_site_rule_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_site_record site;
    struct bh_site_rule_record *rules = NULL;
    size_t count = 0;
    enum bh_err err = bh_site_access_read(app, exchange, &reader, &site);
    if (err == BH_OK)
        err = bh_site_rule_list(reader.db, site.id, BH_SITE_RULES_MAX, &exchange->arena, &rules, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"rules\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        bh_present_site_rule(&rules[i], site.site_id, body);
    }
    bh_buf_add_text(body, "]}");
}

/* ---- changes ---- */

void bh_api_site_rule_create(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct draft draft = {.arena = &exchange->arena};
    struct bh_site_ref ref;
    char rule_id[BH_ID_TEXT];
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = parse(exchange, &body, &draft);
    if (err == BH_OK)
        err =
            bh_fields_required_text(body, "name", 120, BH_ERR_NAME_TOO_LONG, &draft.rule.name, &draft.detail);
    if (err == BH_OK)
        err = read_texts(&draft);
    if (err == BH_OK)
        err = read_rest(&draft);
    if (err == BH_OK)
        err = bh_site_rules_create(&ref, &draft.rule, rule_id);
    if (err == BH_OK)
        reply_rule(exchange, &ref, bh_span_from(rule_id), 201);
    else
        bh_reply_error(exchange, err, draft.detail);
}

/* Only what is named changes. */
static enum bh_err read_changes(struct draft *draft)
{
    if (json_object_size(draft->body) == 0)
        return fail(draft, BH_ERR_NOTHING_TO_CHANGE, "rule");
    enum bh_err err = bh_fields_optional_text(
        draft->body, "name", 120, BH_ERR_NAME_TOO_LONG, &draft->rule.name, &draft->detail);
    if (err == BH_OK && json_object_get(draft->body, "name") != NULL) {
        draft->named |= BH_SITE_RULE_NAME;
        err = bh_span_is_absent(draft->rule.name) ? BH_ERR_SITE_NAME : BH_OK;
    }
    if (err == BH_OK)
        err = read_texts(draft);
    return err == BH_OK ? read_rest(draft) : err;
}

void bh_api_site_rule_change(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct draft draft = {.arena = &exchange->arena};
    struct bh_site_ref ref;
    struct bh_span rule_id = exchange->params[1];
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = parse(exchange, &body, &draft);
    if (err == BH_OK)
        err = read_changes(&draft);
    if (err == BH_OK)
        err = bh_site_rules_change(&ref, rule_id, &draft.rule, draft.named);
    if (err == BH_OK)
        reply_rule(exchange, &ref, rule_id, 200);
    else
        bh_reply_error(exchange, err, draft.detail);
}

void bh_api_site_rule_delete(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_site_ref ref;
    enum bh_err err = bh_site_access_change(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_site_rules_delete(&ref, exchange->params[1]);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), "{\"deleted\":true}");
}
