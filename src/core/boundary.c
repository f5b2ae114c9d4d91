// SPDX-License-Identifier: Apache-2.0
#include "core/boundary.h"

#include <string.h>

#include "lib/json.h"
#include "lib/timefmt.h"

#define BOUNDARY_VERSION "2026-06-11"
#define NOTE "This describes the policy. It grants nothing: ask the decision endpoint before every action."

enum list_kind { LIST_ALLOWED, LIST_APPROVAL, LIST_BLOCKED, LIST_RESOURCES, LIST_VENDORS };
enum state { STATE_NONE, STATE_ACTIVE, STATE_EXPIRED, STATE_REVOKED };

/* A set of texts, made for a known number of them. */
struct text_set {
    struct bh_buf memory;
    struct bh_span *slots; /* a power of two, at least twice as many as texts; NULL when there is no memory */
    size_t mask;
};

struct manifest {
    const struct bh_boundary_input *input;
    int64_t now_ms;
    struct bh_buf *out;
    struct text_set blocked;
    size_t texts[LIST_VENDORS + 1]; /* printed per list */
    size_t states[STATE_REVOKED + 1];
};

static void text_set_finish(struct text_set *set)
{
    bh_buf_finish(&set->memory);
}

static void text_set_init(struct text_set *set, size_t texts)
{
    size_t slots = 2;
    while (slots < 2 * texts)
        slots *= 2;
    size_t size = slots * sizeof(*set->slots);
    bh_buf_init(&set->memory, size);
    void *memory = bh_buf_reserve(&set->memory, size);
    set->slots = memory;
    set->mask = slots - 1;
    if (memory != NULL)
        memset(memory, 0, size);
}

/* Where the text is, or the free slot where it belongs. FNV-1a, linear probing. */
static struct bh_span *text_set_slot(const struct text_set *set, struct bh_span text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    size_t at = (size_t)(hash ^ hash >> 32) & set->mask;
    while (!bh_span_is_absent(set->slots[at]) && !bh_span_equal(set->slots[at], text))
        at = (at + 1) & set->mask;
    return &set->slots[at];
}

static enum state state_of(const struct bh_permission *permission, int64_t now_ms)
{
    if (permission->status == BH_PERMISSION_REVOKED)
        return STATE_REVOKED;
    if (permission->status != BH_PERMISSION_ACTIVE)
        return STATE_NONE;
    return permission->has_expires_at && permission->expires_at_ms <= now_ms ? STATE_EXPIRED : STATE_ACTIVE;
}

/* The texts that an active permission adds to a list. */
static struct bh_span_list texts_of(const struct bh_permission *permission, enum list_kind kind)
{
    const struct bh_span_list none = {NULL, 0};
    const struct bh_span_list action = {&permission->action, 1};
    struct bh_span_list names = permission->allowed_actions.count > 0 ? permission->allowed_actions : action;
    if (permission->malformed && kind != LIST_BLOCKED)
        return none;
    switch (kind) {
    case LIST_ALLOWED:
        return permission->requires_approval ? none : names;
    case LIST_APPROVAL:
        return permission->requires_approval ? names : none;
    case LIST_BLOCKED:
        return permission->blocked_actions;
    case LIST_RESOURCES:
        return (struct bh_span_list){&permission->resource, bh_span_is_absent(permission->resource) ? 0 : 1};
    case LIST_VENDORS:
        return permission->allowed_vendors;
    }
    return none;
}

static size_t count_texts(const struct manifest *manifest, enum list_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < manifest->input->permission_count; i++)
        count += texts_of(&manifest->input->permissions[i], kind).count;
    return count;
}

static bool is_blocked(const struct manifest *manifest, enum list_kind kind, struct bh_span text)
{
    return (kind == LIST_ALLOWED || kind == LIST_APPROVAL) &&
           !bh_span_is_absent(*text_set_slot(&manifest->blocked, text));
}

/* Prints and remembers every new text of the list. */
static void write_texts(struct manifest *manifest, enum list_kind kind, struct text_set *seen)
{
    for (size_t i = 0; i < manifest->input->permission_count; i++) {
        const struct bh_permission *permission = &manifest->input->permissions[i];
        if (state_of(permission, manifest->now_ms) != STATE_ACTIVE)
            continue;
        struct bh_span_list texts = texts_of(permission, kind);
        for (uint32_t j = 0; j < texts.count; j++) {
            struct bh_span *slot = text_set_slot(seen, texts.items[j]);
            if (!bh_span_is_absent(*slot) || is_blocked(manifest, kind, texts.items[j]))
                continue;
            *slot = texts.items[j];
            bh_json_add_separator(manifest->out);
            bh_json_add_string(manifest->out, texts.items[j]);
            manifest->texts[kind]++;
        }
    }
}

static void write_list(struct manifest *manifest, const char *key, enum list_kind kind)
{
    BH_CLEANUP(text_set_finish) struct text_set seen = {0};
    bool acts = bh_span_equal(manifest->input->status, BH_SPAN("active"));
    text_set_init(&seen, count_texts(manifest, kind));
    bh_json_add_key(manifest->out, key);
    bh_buf_add_char(manifest->out, '[');
    if (seen.slots == NULL) {
        manifest->out->failed = true;
        manifest->out->len = 0;
    } else if (acts || (kind != LIST_ALLOWED && kind != LIST_APPROVAL)) {
        write_texts(manifest, kind, &seen);
    }
    bh_buf_add_char(manifest->out, ']');
}

static bool remember_blocked(struct manifest *manifest)
{
    text_set_init(&manifest->blocked, count_texts(manifest, LIST_BLOCKED));
    if (manifest->blocked.slots == NULL)
        return false;
    for (size_t i = 0; i < manifest->input->permission_count; i++) {
        const struct bh_permission *permission = &manifest->input->permissions[i];
        if (state_of(permission, manifest->now_ms) != STATE_ACTIVE)
            continue;
        for (uint32_t j = 0; j < permission->blocked_actions.count; j++)
            *text_set_slot(&manifest->blocked, permission->blocked_actions.items[j]) =
                permission->blocked_actions.items[j];
    }
    return true;
}

static void write_text_array(struct bh_buf *out, const char *key, struct bh_span_list list)
{
    bh_json_add_key(out, key);
    bh_buf_add_char(out, '[');
    for (uint32_t i = 0; i < list.count; i++) {
        bh_json_add_separator(out);
        bh_json_add_string(out, list.items[i]);
    }
    bh_buf_add_char(out, ']');
}

static void write_agent(struct bh_buf *out, const struct bh_boundary_input *input)
{
    bh_json_add_key(out, "agent");
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "name", input->name);
    bh_json_add_text_member(out, "description", input->description);
    write_text_array(out, "guidelines", input->guidelines);
    bh_buf_add_char(out, '}');
}

/* null when there is none, or none that can be read as a time. */
static void write_expiry(struct bh_buf *out, const struct bh_permission *permission)
{
    char text[BH_TIME_TEXT];
    bh_json_add_key(out, "expiresAt");
    if (!permission->has_expires_at || permission->expires_at_ms == INT64_MIN) {
        bh_buf_add_text(out, "null");
        return;
    }
    bh_time_format(permission->expires_at_ms, text);
    bh_json_add_string(out, bh_span_from(text));
}

static void open_entry(struct bh_buf *out, const struct bh_permission *permission)
{
    bh_json_add_separator(out);
    bh_buf_add_char(out, '{');
    bh_json_add_key(out, "permissionId");
    bh_json_add_string(out, permission->permission_id);
    bh_json_add_key(out, "action");
    bh_json_add_string(out, permission->action);
}

static void write_resource(struct bh_buf *out, const struct bh_permission *permission)
{
    bh_json_add_text_member(out, "resource", permission->resource);
}

/* Each writes its entry, or nothing when the permission has no such constraint. */
static void write_max_amount(struct bh_buf *out, const struct bh_permission *permission)
{
    if (!permission->has_max_amount)
        return;
    open_entry(out, permission);
    write_resource(out, permission);
    bh_json_add_key(out, "maxAmount");
    bh_json_add_number(out, permission->max_amount);
    bh_buf_add_char(out, '}');
}

static void write_vendor_restriction(struct bh_buf *out, const struct bh_permission *permission)
{
    if (permission->allowed_vendors.count == 0)
        return;
    open_entry(out, permission);
    write_text_array(out, "allowedVendors", permission->allowed_vendors);
    bh_buf_add_char(out, '}');
}

static void write_expiration_rule(struct bh_buf *out, const struct bh_permission *permission)
{
    if (!permission->has_expires_at)
        return;
    open_entry(out, permission);
    write_expiry(out, permission);
    bh_buf_add_char(out, '}');
}

static void write_whole(struct bh_buf *out, const struct bh_permission *permission)
{
    open_entry(out, permission);
    write_resource(out, permission);
    bh_json_add_bool_member(out, "requiresApproval", permission->requires_approval);
    write_expiry(out, permission);
    bh_buf_add_char(out, '}');
}

/* The entries of all permissions in that state; a malformed one permits nothing and is no active one. */
static void write_entries(struct manifest *manifest, const char *key, enum state state,
    void (*write)(struct bh_buf *out, const struct bh_permission *permission))
{
    bh_json_add_key(manifest->out, key);
    bh_buf_add_char(manifest->out, '[');
    manifest->states[state] = 0;
    for (size_t i = 0; i < manifest->input->permission_count; i++) {
        const struct bh_permission *permission = &manifest->input->permissions[i];
        if (state_of(permission, manifest->now_ms) != state ||
            (state == STATE_ACTIVE && permission->malformed))
            continue;
        write(manifest->out, permission);
        manifest->states[state]++;
    }
    bh_buf_add_char(manifest->out, ']');
}

static void write_count(struct bh_buf *out, const char *key, size_t count)
{
    bh_json_add_key(out, key);
    bh_buf_add_int(out, (int64_t)count);
}

static void write_summary(struct manifest *manifest)
{
    bh_json_add_key(manifest->out, "summary");
    bh_buf_add_char(manifest->out, '{');
    write_count(manifest->out, "activePermissions", manifest->states[STATE_ACTIVE]);
    write_count(manifest->out, "expiredPermissions", manifest->states[STATE_EXPIRED]);
    write_count(manifest->out, "revokedPermissions", manifest->states[STATE_REVOKED]);
    write_count(manifest->out, "allowedActions", manifest->texts[LIST_ALLOWED]);
    write_count(manifest->out, "blockedActions", manifest->texts[LIST_BLOCKED]);
    write_count(manifest->out, "approvalRequiredActions", manifest->texts[LIST_APPROVAL]);
    bh_buf_add_char(manifest->out, '}');
}

static void write_head(struct manifest *manifest)
{
    struct bh_buf *out = manifest->out;
    char generated_at[BH_TIME_TEXT];
    bh_time_format(manifest->now_ms, generated_at);
    bh_json_add_text_member(out, "boundaryVersion", BH_SPAN(BOUNDARY_VERSION));
    bh_json_add_key(out, "agentId");
    bh_json_add_string(out, manifest->input->agent_id);
    bh_json_add_key(out, "status");
    bh_json_add_string(out, manifest->input->status);
    bh_json_add_text_member(out, "generatedAt", bh_span_from(generated_at));
    write_agent(out, manifest->input);
}

static void write_constraints(struct manifest *manifest)
{
    bh_json_add_key(manifest->out, "constraints");
    bh_buf_add_char(manifest->out, '{');
    write_entries(manifest, "maxAmount", STATE_ACTIVE, write_max_amount);
    write_entries(manifest, "vendorRestrictions", STATE_ACTIVE, write_vendor_restriction);
    write_entries(manifest, "expirationRules", STATE_ACTIVE, write_expiration_rule);
    bh_buf_add_char(manifest->out, '}');
}

void bh_boundary_write(const struct bh_boundary_input *input, int64_t now_ms, struct bh_buf *out)
{
    struct manifest manifest = {.input = input, .now_ms = now_ms, .out = out};
    if (!remember_blocked(&manifest)) {
        out->failed = true;
        out->len = 0;
    }
    if (out->failed) {
        text_set_finish(&manifest.blocked);
        return;
    }
    bh_buf_add_char(out, '{');
    write_head(&manifest);
    write_list(&manifest, "allowedActions", LIST_ALLOWED);
    write_list(&manifest, "blockedActions", LIST_BLOCKED);
    write_list(&manifest, "approvalRequiredActions", LIST_APPROVAL);
    write_list(&manifest, "resources", LIST_RESOURCES);
    write_list(&manifest, "vendors", LIST_VENDORS);
    write_constraints(&manifest);
    write_entries(&manifest, "activePermissions", STATE_ACTIVE, write_whole);
    write_entries(&manifest, "expiredPermissions", STATE_EXPIRED, write_whole);
    write_entries(&manifest, "revokedPermissions", STATE_REVOKED, write_whole);
    write_summary(&manifest);
    bh_json_add_key(out, "enforcement");
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "decisionEndpoint", BH_SPAN("/api/verify"));
    bh_json_add_text_member(out, "note", BH_SPAN(NOTE));
    bh_buf_add_text(out, "}}");
    text_set_finish(&manifest.blocked);
}
