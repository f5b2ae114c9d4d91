// SPDX-License-Identifier: Apache-2.0
#include "cli/log_row.h"

#include "cli/output.h"
#include "lib/json.h"

const char *const bh_log_headings[BH_LOG_COLUMNS] = {
    "when", "decision", "requestId", "action", "vendor", "amount", "risk", "reason"};

static void add_decision(const json_t *row, struct bh_buf *out)
{
    struct bh_span decision = bh_json_member_text(row, "decision");
    if (decision.len == 0)
        decision = json_is_true(json_object_get(row, "allowed"))            ? BH_SPAN("allowed")
                   : json_is_true(json_object_get(row, "approvalRequired")) ? BH_SPAN("approval_required")
                                                                            : BH_SPAN("denied");
    bh_output_add_neutral(decision, out);
    if (json_is_true(json_object_get(row, "shadow")))
        bh_buf_add_text(out, " (shadow)");
}

void bh_log_add_cell(const json_t *row, size_t column, struct bh_buf *out)
{
    if (column == 1)
        add_decision(row, out);
    else
        bh_output_add_value(json_object_get(row, column == 0 ? "createdAt" : bh_log_headings[column]), out);
}
