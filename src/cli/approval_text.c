// SPDX-License-Identifier: Apache-2.0
#include "cli/approval_text.h"

#include "client/output.h"
#include "lib/json.h"

#define TEXT_LIMIT 65536

static void add_row(struct bh_table *table, const char *label, const json_t *value)
{
    if (value != NULL && !json_is_null(value))
        bh_table_add_pair(table, label, value);
}

/* "value more", where `more` is the text of another member in its frame, if it is there. */
static void add_framed(struct bh_table *table, const char *label, struct bh_span value, const char *before,
    struct bh_span more, const char *after)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    if (value.len == 0)
        return;
    bh_buf_init(&text, TEXT_LIMIT);
    bh_buf_add(&text, value);
    if (more.len > 0) {
        bh_buf_add_text(&text, before);
        bh_buf_add(&text, more);
        bh_buf_add_text(&text, after);
    }
    bh_table_add_text(table, label);
    bh_table_add(table, bh_buf_span(&text));
}

static bool has_status(const json_t *approval, const char *status)
{
    return bh_span_equal(bh_json_member_text(approval, "status"), bh_span_from(status));
}

/* How it stands, who said so, and the time that still matters. */
static void add_state(struct bh_table *table, const json_t *approval)
{
    struct bh_span status = bh_json_member_text(approval, "status");
    const char *until = has_status(approval, "pending")    ? "expiresAt"
                        : has_status(approval, "approved") ? "grantExpiresAt"
                                                           : "";
    add_framed(table, "status", status, ", until ", bh_json_member_text(approval, until), "");
    add_framed(table, "decided", bh_json_member_text(approval, "resolvedAt"), " by ",
        bh_json_member_text(approval, "resolvedBy"), "");
    add_row(table, "used", json_object_get(approval, "usedAt"));
}

static void add_bars(struct bh_table *table, const json_t *approval)
{
    if (has_status(approval, "pending"))
        add_row(table, "cannot approve", json_object_get(approval, "approveBlockReason"));
    if (has_status(approval, "pending"))
        add_row(table, "cannot deny", json_object_get(approval, "denyBlockReason"));
}

/* Named for what it is: the command or the path, to the last character. */
static void add_argument(struct bh_table *table, const json_t *approval)
{
    const char *kind = json_string_value(json_object_get(approval, "argumentKind"));
    const json_t *argument = json_object_get(approval, "argument");
    add_row(table, kind == NULL ? "target" : kind, argument);
    if (json_is_string(argument) && json_is_true(json_object_get(approval, "argumentRedacted"))) {
        bh_table_add_text(table, "");
        bh_table_add_text(table, "(secrets are redacted; who may approve sees it exactly)");
    }
}

void bh_approval_text_write(const json_t *approval)
{
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    struct bh_span id = bh_json_member_text(approval, "agentId");
    struct bh_span name = bh_json_member_text(approval, "agentName");
    bh_table_init(&table, NULL, 2);
    add_row(&table, "approval", json_object_get(approval, "approvalId"));
    add_state(&table, approval);
    add_framed(&table, "agent", name.len > 0 ? name : id, " (", name.len > 0 ? id : BH_ABSENT, ")");
    add_row(&table, "agent of", json_object_get(approval, "requesterName"));
    add_row(&table, "action", json_object_get(approval, "action"));
    add_row(&table, "vendor", json_object_get(approval, "vendor"));
    add_row(&table, "amount", json_object_get(approval, "amount"));
    add_argument(&table, approval);
    add_row(&table, "asked", json_object_get(approval, "createdAt"));
    add_bars(&table, approval);
    bh_output_write_table(&table);
}
