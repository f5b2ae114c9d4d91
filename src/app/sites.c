// SPDX-License-Identifier: Apache-2.0
#include "app/sites.h"

#include <stdio.h>
#include <string.h>

#include "app/maintenance.h"

#define RECORD_FIRST 4096
#define RECORD_LIMIT (1u << 20) /* one site or rule, read inside the transaction */
#define LOG_CHUNK 1024          /* entries that a deletion itself removes */
#define PREVIEW_TEXT 32

/* One change on its way through the committer. Which members are used depends on the change. */
struct change {
    const struct bh_site_ref *ref;
    struct bh_span id; /* of the rule or key */
    struct bh_span name, domain, status;
    const struct bh_site_rule_record *rule;
    unsigned named;
    struct bh_sha256 key_hash;
    struct bh_span preview;
    size_t removed;
};

static enum bh_err commit(
    struct change *change, enum bh_err (*write)(void *argument, const struct bh_commit_context *context))
{
    const struct bh_site_ref *ref = change->ref;
    return bh_committer_run_for(ref->app->committer, &ref->authority, write, NULL, change);
}

/* The site, as the transaction sees it. */
static enum bh_err find(const struct change *change, const struct bh_commit_context *context,
    struct bh_arena *arena, struct bh_site_record *ret_site)
{
    const struct bh_site_ref *ref = change->ref;
    bh_arena_init(arena, RECORD_FIRST, RECORD_LIMIT);
    return bh_site_find(context->db, ref->authority.account, ref->site_id, arena, ret_site);
}

static enum bh_err bump(const struct bh_commit_context *context, const struct bh_site_record *site)
{
    return bh_site_bump(context->db, site->account, site->id);
}

/* ---- sites ---- */

static enum bh_err write_new_site(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    const struct bh_site_record site = {.account = change->ref->authority.account,
        .site_id = change->ref->site_id,
        .name = change->name,
        .domain = change->domain,
        .created_at = context->now_ms};
    int64_t id;
    enum bh_err err = bh_site_create(context->db, &site, &id);
    return err == BH_OK ? bh_site_bump(context->db, site.account, id) : err;
}

enum bh_err bh_sites_create(struct bh_app *app, const struct bh_authority *authority, struct bh_span name,
    struct bh_span domain, char ret_site_id[static BH_ID_TEXT])
{
    bh_random_id("site", ret_site_id);
    const struct bh_site_ref ref = {app, *authority, bh_span_from(ret_site_id)};
    struct change change = {.ref = &ref, .name = name, .domain = domain};
    return commit(&change, write_new_site);
}

static enum bh_err write_site(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_site_record site;
    enum bh_err err = find(change, context, &arena, &site);
    if (err != BH_OK)
        return err;
    if (!bh_span_is_absent(change->name))
        site.name = change->name;
    if (!bh_span_is_absent(change->status))
        site.status = change->status;
    err = bh_site_update(context->db, &site, context->now_ms);
    return err == BH_OK ? bump(context, &site) : err;
}

enum bh_err bh_sites_change(const struct bh_site_ref *ref, struct bh_span name, struct bh_span status)
{
    struct change change = {.ref = ref, .name = name, .status = status};
    return commit(&change, write_site);
}

static enum bh_err write_removal(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    const struct bh_site_ref *ref = change->ref;
    enum bh_err err = bh_site_delete(context->db, ref->authority.account, ref->site_id, context->now_ms);
    change->removed = 0;
    return err == BH_OK ? bh_site_purge_deleted(context->db, context->now_ms, LOG_CHUNK, &change->removed)
                        : err;
}

enum bh_err bh_sites_delete(const struct bh_site_ref *ref)
{
    struct change change = {.ref = ref};
    enum bh_err err = commit(&change, write_removal);
    if (err == BH_OK && change.removed >= LOG_CHUNK)
        bh_maintenance_wake(ref->app->maintenance);
    return err;
}

/* ---- rules ---- */

/* A rule that asks for nothing would be one for every visitor. */
static enum bh_err check_rule(const struct bh_site_rule_record *rule)
{
    bool asks = !bh_span_is_absent(rule->agent_identifier) || !bh_span_is_absent(rule->user_agent_pattern) ||
                !bh_span_is_absent(rule->verified_agent);
    return asks ? BH_OK : BH_ERR_SITE_RULE_SIGNAL;
}

/* With the change in it; the caller's transaction takes that back. */
static enum bh_err finish_rule(const struct bh_commit_context *context, const struct bh_site_record *site)
{
    size_t size = 0;
    enum bh_err err = bh_site_rule_size(context->db, site->id, &size);
    if (err == BH_OK && size > BH_SITE_RULES_SIZE)
        err = BH_ERR_SITE_RULE_SIZE;
    return err == BH_OK ? bump(context, site) : err;
}

static enum bh_err write_new_rule(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_site_record site;
    struct bh_site_rule_record rule = *change->rule;
    int64_t id;
    enum bh_err err = find(change, context, &arena, &site);
    if (err == BH_OK)
        err = check_rule(&rule);
    if (err != BH_OK)
        return err;
    rule.site = site.id;
    rule.rule_id = change->id;
    rule.created_at = context->now_ms;
    err = bh_site_rule_create(context->db, &rule, &id);
    return err == BH_OK ? finish_rule(context, &site) : err;
}

enum bh_err bh_site_rules_create(const struct bh_site_ref *ref, const struct bh_site_rule_record *rule,
    char ret_rule_id[static BH_ID_TEXT])
{
    bh_random_id("sgr", ret_rule_id);
    struct change change = {.ref = ref, .rule = rule, .id = bh_span_from(ret_rule_id)};
    return commit(&change, write_new_rule);
}

static void merge(struct bh_site_rule_record *rule, const struct bh_site_rule_record *values, unsigned named)
{
    const struct {
        unsigned name;
        struct bh_span *to;
        struct bh_span from;
    } texts[] = {
        {BH_SITE_RULE_NAME, &rule->name, values->name},
        {BH_SITE_RULE_STATUS, &rule->status, values->status},
        {BH_SITE_RULE_AGENT_IDENTIFIER, &rule->agent_identifier, values->agent_identifier},
        {BH_SITE_RULE_USER_AGENT_PATTERN, &rule->user_agent_pattern, values->user_agent_pattern},
        {BH_SITE_RULE_VERIFIED_AGENT, &rule->verified_agent, values->verified_agent},
        {BH_SITE_RULE_ALLOWED_PATHS, &rule->allowed_paths, values->allowed_paths},
        {BH_SITE_RULE_BLOCKED_PATHS, &rule->blocked_paths, values->blocked_paths},
        {BH_SITE_RULE_NOTES, &rule->notes, values->notes},
    };
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        if ((named & texts[i].name) != 0)
            *texts[i].to = texts[i].from;
    }
    if ((named & BH_SITE_RULE_REQUIRES_APPROVAL) != 0)
        rule->requires_approval = values->requires_approval;
}

static enum bh_err write_rule(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_site_record site;
    struct bh_site_rule_record rule;
    enum bh_err err = find(change, context, &arena, &site);
    if (err == BH_OK)
        err = bh_site_rule_find(context->db, site.id, change->id, &arena, &rule);
    if (err != BH_OK)
        return err;
    merge(&rule, change->rule, change->named);
    err = check_rule(&rule);
    if (err == BH_OK)
        err = bh_site_rule_update(context->db, &rule, context->now_ms);
    return err == BH_OK ? finish_rule(context, &site) : err;
}

enum bh_err bh_site_rules_change(const struct bh_site_ref *ref, struct bh_span rule_id,
    const struct bh_site_rule_record *values, unsigned named)
{
    struct change change = {.ref = ref, .id = rule_id, .rule = values, .named = named};
    return commit(&change, write_rule);
}

static enum bh_err write_rule_removal(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_site_record site;
    enum bh_err err = find(change, context, &arena, &site);
    if (err == BH_OK)
        err = bh_site_rule_delete(context->db, site.id, change->id);
    return err == BH_OK ? bump(context, &site) : err;
}

enum bh_err bh_site_rules_delete(const struct bh_site_ref *ref, struct bh_span rule_id)
{
    struct change change = {.ref = ref, .id = rule_id};
    return commit(&change, write_rule_removal);
}

/* ---- keys ---- */

static enum bh_err write_new_key(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_site_record site;
    int64_t id;
    enum bh_err err = find(change, context, &arena, &site);
    if (err != BH_OK)
        return err;
    const struct bh_site_key_record key = {.site = site.id,
        .key_id = change->id,
        .key_hash = change->key_hash,
        .name = change->name,
        .preview = change->preview,
        .created_at = context->now_ms};
    err = bh_site_key_create(context->db, &key, &id);
    return err == BH_OK ? bump(context, &site) : err;
}

enum bh_err bh_site_keys_create(const struct bh_site_ref *ref, struct bh_span name,
    char ret_key_id[static BH_ID_TEXT], char ret_key[static BH_SECRET_TEXT])
{
    char preview[PREVIEW_TEXT];
    bh_random_id("sgk", ret_key_id);
    bh_random_secret("bhf_site_", ret_key);
    snprintf(preview, sizeof(preview), "%.16s...%s", ret_key, ret_key + strlen(ret_key) - 6);
    struct change change = {.ref = ref,
        .id = bh_span_from(ret_key_id),
        .name = name,
        .key_hash = bh_sha256(bh_span_from(ret_key)),
        .preview = bh_span_from(preview)};
    return commit(&change, write_new_key);
}

static enum bh_err write_revocation(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_site_record site;
    enum bh_err err = find(change, context, &arena, &site);
    if (err == BH_OK)
        err = bh_site_key_revoke(context->db, site.id, change->id, context->now_ms);
    return err == BH_OK ? bump(context, &site) : err;
}

enum bh_err bh_site_keys_revoke(const struct bh_site_ref *ref, struct bh_span key_id)
{
    struct change change = {.ref = ref, .id = key_id};
    return commit(&change, write_revocation);
}
