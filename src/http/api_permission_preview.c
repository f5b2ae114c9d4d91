// SPDX-License-Identifier: Apache-2.0
/*
 * "What would this allow?": sample requests, decided by the stored policy and by one that nobody has saved.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "core/overlap.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/permission_fields.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"
#include "verify/parse.h"

#define SAMPLES_LIMIT 20
#define PREVIEW_STEPS ((size_t)32000000) /* of matching, for all samples: a fraction of a second */
#define SCRATCH_FIRST 4096
#define SCRATCH_LIMIT (16u << 20)
#define DRAFT_ID BH_SPAN("draft")

struct preview {
    struct bh_exchange *exchange;
    int64_t now_ms;
    struct bh_agent_record agent;
    json_t *body;
    struct bh_policy now, then;
    bool has_draft;
    struct bh_permission draft;
    struct bh_verify_request samples[SAMPLES_LIMIT];
    size_t sample_count;
    size_t steps;         /* matching that is left */
    struct bh_span where; /* the field that holds the one an error is about, with its dot */
    struct bh_span detail;
};

/* ---- what is stored ---- */

static enum bh_err load_policy(struct bh_app *app, struct preview *preview)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_exchange *exchange = preview->exchange;
    struct bh_principal principal = {0};
    struct bh_permission *permissions = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person_of_agent(
            app, exchange, reader.db, exchange->params[0], &principal, &preview->agent);
    if (err == BH_OK)
        err = bh_permission_load_policy(reader.db, preview->agent.id, &exchange->arena, &permissions, &count);
    if (err == BH_OK)
        preview->now =
            (struct bh_policy){bh_span_equal(preview->agent.status, BH_SPAN("active")), permissions, count};
    return err;
}

/* ---- the draft ---- */

static enum bh_err convert_list(struct bh_span text, struct bh_arena *arena, struct bh_span_list *ret_list)
{
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    enum bh_err err = bh_json_parse(text, &json);
    return err == BH_OK ? bh_permission_read_list(json, arena, ret_list) : err;
}

/* As the decision will see it once it is stored. */
static enum bh_err convert_draft(struct preview *preview, const struct bh_permission_record *record)
{
    BH_CLEANUP(bh_json_release) json_t *constraints = NULL;
    struct bh_arena *arena = &preview->exchange->arena;
    struct bh_permission draft = {
        .permission_id = DRAFT_ID,
        .action = record->action,
        .resource = record->resource,
        .created_at_ms = preview->now_ms,
        .status = BH_PERMISSION_ACTIVE,
        .requires_approval = record->requires_approval,
    };
    enum bh_err err = bh_json_parse(record->constraints, &constraints);
    if (err == BH_OK)
        err = convert_list(record->allowed_actions, arena, &draft.allowed_actions);
    if (err == BH_OK)
        err = convert_list(record->blocked_actions, arena, &draft.blocked_actions);
    if (err == BH_OK)
        err = bh_permission_read_constraints(constraints, arena, &draft);
    if (err != BH_OK) /* nothing that the caller wrote: its fields were checked */
        return err == BH_ERR_NO_MEMORY ? err : BH_ERR_INTERNAL;
    preview->draft = draft;
    preview->has_draft = true;
    return BH_OK;
}

static enum bh_err check_keys(struct preview *preview, const json_t *object, const char *const *keys)
{
    json_t *walked = (json_t *)(uintptr_t)object;
    for (void *at = json_object_iter(walked); at != NULL; at = json_object_iter_next(walked, at)) {
        struct bh_span key = {json_object_iter_key(at), json_object_iter_key_len(at)};
        size_t i = 0;
        while (keys[i] != NULL && !bh_span_equal(key, bh_span_from(keys[i])))
            i++;
        preview->detail = key;
        if (keys[i] == NULL)
            return BH_ERR_UNKNOWN_FIELD;
    }
    return BH_OK;
}

/* A new permission's own errors leave its constraints unnamed, and call the highest amount "amount". */
static enum bh_err place_in_draft(struct preview *preview, enum bh_err err, struct bh_span within)
{
    if (within.len > 0)
        preview->where = BH_SPAN("draft.constraints.");
    return err == BH_ERR_AMOUNT ? BH_ERR_MAX_AMOUNT : err;
}

static enum bh_err read_draft(struct preview *preview)
{
    static const char *const keys[] = {BH_PERMISSION_KEYS, NULL};
    const json_t *object = json_object_get(preview->body, "draft");
    struct bh_permission_record record = {0};
    struct bh_span within = BH_SPAN("");
    preview->detail = BH_SPAN("draft");
    if (object == NULL || json_is_null(object))
        return BH_OK;
    if (!json_is_object(object))
        return BH_ERR_FIELD_OBJECT;
    preview->where = BH_SPAN("draft.");
    enum bh_err err = check_keys(preview, object, keys);
    if (err == BH_OK)
        err = bh_permission_fields_read_action(object, &record, &preview->detail);
    if (err == BH_OK)
        err = bh_permission_fields_read(
            object, preview->now_ms, &preview->exchange->arena, &record, &within, &preview->detail);
    if (err != BH_OK)
        return place_in_draft(preview, err, within);
    preview->where = BH_SPAN("");
    return convert_draft(preview, &record);
}

/* ---- what would be replaced ---- */

static enum bh_err read_replaced(struct bh_app *app, struct preview *preview, struct bh_span *ret_id)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    const json_t *value = json_object_get(preview->body, "replaces");
    struct bh_span permission_id = bh_span_trim(bh_json_text(value));
    struct bh_permission_record permission;
    if (value == NULL || json_is_null(value))
        return BH_OK;
    preview->detail = BH_SPAN("replaces");
    if (permission_id.len == 0)
        return BH_ERR_FIELD_TEXT;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_permission_find(
            reader.db, preview->agent.account, permission_id, &preview->exchange->arena, &permission);
    if (err == BH_OK && permission.agent != preview->agent.id)
        err = BH_ERR_PERMISSION_NOT_FOUND;
    if (err == BH_OK)
        *ret_id = permission_id;
    return err;
}

/* The policy after the change: the draft first, for it is the newest, and the replaced one revoked. */
static enum bh_err build_policy(struct preview *preview, struct bh_span replaced)
{
    const struct bh_policy *now = &preview->now;
    struct bh_permission *permissions =
        bh_arena_alloc(&preview->exchange->arena, (now->count + 1) * sizeof(*permissions));
    size_t count = 0;
    if (permissions == NULL)
        return BH_ERR_NO_MEMORY;
    if (preview->has_draft)
        permissions[count++] = preview->draft;
    for (size_t i = 0; i < now->count; i++) {
        permissions[count] = now->permissions[i];
        if (!bh_span_is_absent(replaced) && bh_span_equal(permissions[count].permission_id, replaced))
            permissions[count].status = BH_PERMISSION_REVOKED;
        count++;
    }
    preview->then = (struct bh_policy){now->agent_active, permissions, count};
    return BH_OK;
}

/* ---- samples ---- */

static enum bh_err name_sample(struct preview *preview, size_t index, const char *after)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 64);
    bh_buf_addf(&text, "samples[%zu]%s", index, after);
    return bh_arena_copy(&preview->exchange->arena, bh_buf_span(&text), &preview->where) ? BH_OK
                                                                                         : BH_ERR_NO_MEMORY;
}

static enum bh_err read_sample(struct preview *preview, const json_t *sample, size_t index)
{
    static const char *const keys[] = {
        "action", "vendor", "resource", "amount", "metadata", "policyContext", NULL};
    preview->detail = BH_SPAN("");
    enum bh_err err = name_sample(preview, index, json_is_object(sample) ? "." : "");
    if (err != BH_OK)
        return err;
    if (!json_is_object(sample))
        return BH_ERR_FIELD_OBJECT;
    err = check_keys(preview, sample, keys);
    return err == BH_OK ? bh_verify_parse(sample, false, &preview->samples[index], &preview->detail) : err;
}

static enum bh_err read_samples(struct preview *preview)
{
    const json_t *array = json_object_get(preview->body, "samples");
    if (array == NULL || json_is_null(array))
        return BH_OK;
    if (!json_is_array(array) || json_array_size(array) > SAMPLES_LIMIT)
        return BH_ERR_SAMPLES;
    preview->sample_count = json_array_size(array);
    for (size_t i = 0; i < preview->sample_count; i++) {
        enum bh_err err = read_sample(preview, json_array_get(array, i), i);
        if (err != BH_OK)
            return err;
    }
    return BH_OK;
}

/* ---- the answer ---- */

static void add_decision(
    struct preview *preview, const struct bh_policy *policy, size_t sample, struct bh_buf *out)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena scratch = {0};
    bh_arena_init(&scratch, SCRATCH_FIRST, SCRATCH_LIMIT);
    struct bh_decision decision =
        bh_decide_within(policy, &preview->samples[sample].facts, preview->now_ms, &scratch, &preview->steps);
    bh_buf_add_char(out, '{');
    bh_json_add_bool_member(out, "allowed", decision.outcome == BH_ALLOW);
    bh_json_add_bool_member(out, "approvalRequired", decision.outcome == BH_NEEDS_APPROVAL);
    bh_json_add_text_member(out, "reason", bh_span_from(bh_reason_text(decision.reason)));
    bh_json_add_text_member(out, "risk", bh_span_from(bh_risk_text(decision.risk)));
    bh_json_add_text_member(
        out, "permissionId", decision.permission == NULL ? BH_ABSENT : decision.permission->permission_id);
    bh_buf_add_char(out, '}');
}

/* Ends early once the work is spent: what comes next would be denied for that alone. */
static void add_results(struct preview *preview, struct bh_buf *out)
{
    for (size_t i = 0; i < preview->sample_count && preview->steps > 0; i++) {
        bh_json_add_separator(out);
        bh_buf_add_char(out, '{');
        bh_json_add_key(out, "now");
        add_decision(preview, &preview->now, i, out);
        bh_json_add_key(out, "then");
        add_decision(preview, &preview->then, i, out);
        bh_buf_add_char(out, '}');
    }
}

static void add_warning(const struct preview *preview, const struct bh_overlap *overlap, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 4096);
    bh_overlap_write_text(overlap, &preview->draft, &text);
    out->failed = out->failed || text.failed;
    bh_json_add_separator(out);
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "kind", bh_span_from(bh_overlap_kind_text(overlap->kind)));
    bh_json_add_text_member(out, "permissionId", overlap->permission->permission_id);
    bh_json_add_text_member(out, "text", bh_buf_span(&text));
    bh_buf_add_char(out, '}');
}

static enum bh_err find_overlaps(struct preview *preview, struct bh_overlap **ret_overlaps, size_t *ret_count)
{
    if (!preview->has_draft)
        return BH_OK;
    struct bh_policy others = preview->then;
    others.permissions++; /* the draft is the first */
    others.count--;
    return bh_overlap_find(
        &others, &preview->draft, preview->now_ms, &preview->exchange->arena, ret_overlaps, ret_count);
}

static enum bh_err reply(struct preview *preview)
{
    struct bh_overlap *overlaps = NULL;
    size_t count = 0;
    enum bh_err err = find_overlaps(preview, &overlaps, &count);
    if (err != BH_OK)
        return err;
    struct bh_buf *out = bh_reply_json(preview->exchange, 200);
    bh_buf_add_text(out, "{\"results\":[");
    add_results(preview, out);
    if (preview->steps == 0) {
        preview->where = BH_SPAN("");
        return BH_ERR_PREVIEW_WORK;
    }
    bh_buf_add_text(out, "],\"warnings\":[");
    for (size_t i = 0; i < count; i++)
        add_warning(preview, &overlaps[i], out);
    bh_buf_add_text(out, "]}");
    return BH_OK;
}

static enum bh_err run(struct bh_app *app, struct preview *preview)
{
    static const char *const keys[] = {"draft", "replaces", "samples", NULL};
    struct bh_span replaced = BH_ABSENT;
    enum bh_err err = load_policy(app, preview);
    if (err == BH_OK)
        err = bh_fields_parse(preview->exchange, keys, &preview->body, &preview->detail);
    if (err == BH_OK)
        err = read_draft(preview);
    if (err == BH_OK)
        err = read_replaced(app, preview, &replaced);
    if (err == BH_OK)
        err = build_policy(preview, replaced);
    if (err == BH_OK)
        err = read_samples(preview);
    return err == BH_OK ? reply(preview) : err;
}

void bh_api_dashboard_permission_preview(struct bh_app *app, struct bh_exchange *exchange)
{
    struct preview preview = {.exchange = exchange,
        .now_ms = bh_clock_wall_ms(),
        .steps = PREVIEW_STEPS,
        .where = BH_SPAN(""),
        .detail = BH_ABSENT};
    enum bh_err err = run(app, &preview);
    if (err != BH_OK)
        bh_reply_error_within(exchange, err, preview.where, preview.detail);
    bh_json_release(&preview.body);
}
