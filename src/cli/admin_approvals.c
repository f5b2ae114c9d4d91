// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf admin approvals`: what waits for a person. The list is redacted and short; `show` is what a person
 * reads before saying yes, and therefore shows exactly what the grant would be good for.
 */
#include "cli/admin_session.h"

#include <stdlib.h>
#include <string.h>

#include "app/approvals.h"
#include "cli/admin_url.h"
#include "client/group.h"
#include "client/options.h"
#include "core/redact.h"
#include "lib/clock.h"
#include "lib/json.h"

#define LISTED_MAX 1000
#define PREVIEW_UNITS 500 /* of UTF-16 */
#define CELL_UNITS 60
#define TEXT_LIMIT ((size_t)64 << 20)

/* ---- list ---- */

static void add_common(const struct bh_approval_record *approval, struct bh_buf *out)
{
    bh_json_add_key(out, "approvalId");
    bh_json_add_string(out, approval->approval_id);
    bh_json_add_key(out, "status");
    bh_json_add_string(out, approval->status);
    bh_json_add_key(out, "agentId");
    bh_json_add_string_or_null(out, approval->agent_id);
    bh_json_add_key(out, "permissionId");
    bh_json_add_string_or_null(out, approval->permission_id);
    bh_json_add_key(out, "action");
    bh_json_add_string(out, approval->action);
    bh_json_add_key(out, "vendor");
    bh_json_add_string_or_null(out, approval->vendor);
    bh_json_add_key(out, "amount");
    if (approval->has_amount)
        bh_json_add_number(out, approval->amount);
    else
        bh_buf_add_text(out, "null");
}

/* The redacted target, cut to `units`; `mark` stands for what was cut off, and counts. */
static bool add_preview(struct bh_span target, size_t units, const char *mark, struct bh_buf *out)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf redacted = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf preview = {0};
    if (bh_span_is_absent(target)) {
        bh_buf_add_text(out, "null");
        return false;
    }
    bh_buf_init(&redacted, TEXT_LIMIT);
    bh_buf_init(&preview, TEXT_LIMIT);
    bh_redact(target, &redacted);
    struct bh_span text = bh_buf_span(&redacted);
    bool cut = bh_span_utf16_length(text) > units;
    if (cut)
        text = bh_span_utf16_prefix(text, units - bh_span_utf16_length(bh_span_from(mark)));
    bh_buf_add(&preview, text);
    if (cut)
        bh_buf_add_text(&preview, mark);
    if (redacted.failed || preview.failed)
        out->failed = true;
    bh_json_add_string(out, bh_buf_span(&preview));
    return cut;
}

static void add_listed(const struct bh_approval_record *approval, bool as_json, struct bh_buf *out)
{
    bh_json_add_separator(out);
    bh_buf_add_char(out, '{');
    add_common(approval, out);
    bh_json_add_key(out, "targetPreview");
    if (as_json) {
        bool cut = add_preview(approval->target, PREVIEW_UNITS, "", out);
        bh_json_add_key(out, "targetPreviewTruncated");
        bh_json_add_bool(out, cut);
    } else {
        add_preview(approval->target, CELL_UNITS, "\u2026", out);
    }
    bh_json_add_key(out, "createdAt");
    bh_json_add_time_or_null(out, approval->created_at);
    bh_json_add_key(out, "grantExpiresAt");
    bh_json_add_time_or_null(out, approval->grant_expires_at);
    bh_buf_add_char(out, '}');
}

static enum bh_err list_approvals(struct bh_admin_session *session, const struct bh_approval_filter *filter,
    bool as_json, struct bh_buf *out)
{
    struct bh_approval_record *approvals;
    size_t count;
    enum bh_err err = bh_approval_list(
        bh_store_writer(session->store), filter, bh_clock_wall_ms(), &session->arena, &approvals, &count);
    if (err != BH_OK)
        return err;
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++)
        add_listed(&approvals[i], as_json, out);
    bh_buf_add_char(out, ']');
    return BH_OK;
}

static bool is_status(const char *text)
{
    static const char *const known[] = {"pending", "approved", "denied", "used", "expired", "all"};
    for (size_t i = 0; i < BH_COUNT(known); i++) {
        if (strcmp(text, known[i]) == 0)
            return true;
    }
    return false;
}

static bool parse_limit(const char *text, size_t *ret_limit)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 4 || text[digits] != 0)
        return false;
    unsigned long limit = strtoul(text, NULL, 10);
    if (limit < 1 || limit > LISTED_MAX)
        return false;
    *ret_limit = limit;
    return true;
}

/* An agent that does not exist has no requests. */
static enum bh_err find_agent(
    struct bh_admin_session *session, const char *agent_id, struct bh_approval_filter *filter)
{
    struct bh_agent_record agent;
    if (agent_id == NULL)
        return BH_OK;
    enum bh_err err =
        bh_agent_find(bh_store_writer(session->store), bh_span_from(agent_id), &session->arena, &agent);
    filter->agent = err == BH_OK ? agent.id : -1;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static int run_list(const char *data, const char *agent, struct bh_approval_filter *filter, bool as_json)
{
    static const char *const headings[] = {
        "approvalId", "status", "agentId", "action", "vendor", "amount", "target", "created"};
    static const char *const members[] = {
        "approvalId", "status", "agentId", "action", "vendor", "amount", "targetPreview", "createdAt"};
    BH_CLEANUP(bh_admin_session_close) struct bh_admin_session session = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    enum bh_err err = bh_admin_session_open(data, &session);
    if (err == BH_OK)
        err = find_agent(&session, agent, filter);
    if (err == BH_OK)
        err = list_approvals(&session, filter, as_json, &text);
    if (err != BH_OK)
        return bh_admin_fail(err);
    return bh_admin_write_list(&text, as_json, headings, members, BH_COUNT(members));
}

static int approvals_list(int argc, char **argv)
{
    const char *data = NULL;
    const char *status = "pending";
    const char *agent = NULL;
    const char *limit = "100";
    const struct bh_option options[] = {BH_ADMIN_DATA_OPTION(data),
        BH_OPTION_VALUE("status", 0, status, "STATUS",
            "pending (default), approved, denied, used (or consumed), expired or all"),
        BH_OPTION_VALUE("agent", 0, agent, "ID", "only this agent's"),
        BH_OPTION_VALUE("limit", 0, limit, "NUMBER", "rows, 1 to 1000 (default: 100)")};
    const struct bh_usage usage = {.command = "admin approvals list",
        .summary = "Show requests that wait for a person, newest first",
        .details = "Targets are cut and secrets in them redacted; `admin approvals show` has them whole.",
        .examples = "admin approvals list\nadmin approvals list --status all --agent agent_x --json",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    struct bh_approval_filter filter = {0};
    int exit_status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &exit_status))
        return exit_status;
    if (strcmp(status, "consumed") == 0)
        status = "used";
    if (!is_status(status))
        return bh_options_fail(
            &usage, "--status must be one of: pending, approved, denied, used, expired, all.");
    if (!parse_limit(limit, &filter.limit))
        return bh_options_fail(&usage, "--limit must be a whole number from 1 to %d.", LISTED_MAX);
    if (strcmp(status, "all") != 0)
        filter.status = bh_span_from(status);
    return run_list(data, agent, &filter, arguments.json);
}

/* ---- show ---- */

static void add_shown(const struct bh_approval_record *approval, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    add_common(approval, out);
    bh_json_add_key(out, "targetKind");
    bh_json_add_string_or_null(out, approval->target_kind);
    bh_json_add_key(out, "target");
    bh_json_add_string_or_null(out, approval->target);
    bh_json_add_key(out, "fingerprint");
    bh_json_add_string_or_null(out, approval->fingerprint);
    bh_json_add_key(out, "createdAt");
    bh_json_add_time_or_null(out, approval->created_at);
    bh_json_add_key(out, "expiresAt");
    bh_json_add_time_or_null(out, approval->expires_at);
    bh_json_add_key(out, "resolvedAt");
    bh_json_add_time_or_null(out, approval->resolved_at);
    bh_json_add_key(out, "resolvedBy");
    bh_json_add_string_or_null(out, approval->resolved_by);
    bh_json_add_key(out, "grantExpiresAt");
    bh_json_add_time_or_null(out, approval->grant_expires_at);
    bh_json_add_key(out, "usedAt");
    bh_json_add_time_or_null(out, approval->used_at);
    bh_buf_add_char(out, '}');
}

static enum bh_err show(
    struct bh_admin_session *session, const struct bh_arguments *arguments, struct bh_buf *out)
{
    struct bh_approval_record approval;
    enum bh_err err = bh_approval_find(bh_store_writer(session->store), bh_span_from(arguments->operands[0]),
        bh_clock_wall_ms(), &session->arena, &approval);
    if (err == BH_OK)
        add_shown(&approval, out);
    return err;
}

static int approvals_show(int argc, char **argv)
{
    static const struct bh_admin_command command = {
        .usage = {.command = "admin approvals show",
            .operands = "<approvalId>",
            .operands_min = 1,
            .operands_max = 1,
            .summary = "Show all that one approval covers",
            .details =
                "The target is whole and not redacted, secrets included: it is exactly what is approved.",
            .examples = "admin approvals show apr_x\nadmin approvals show apr_x --json"},
        .run = show};
    return bh_admin_run(&command, argc, argv);
}

/* ---- approve and deny ---- */

static enum bh_err settle(struct bh_admin_session *session, const struct bh_arguments *arguments,
    bool approve, struct bh_approval_record *ret_approval)
{
    const struct bh_approver approver = bh_approver_command();
    const char *public_url; /* webhooks are told where to find the request */
    enum bh_err err = bh_admin_public_url(session, NULL, &public_url);
    if (err != BH_OK)
        return err;
    return bh_approvals_settle_alone(bh_store_writer(session->store), &approver,
        bh_span_from(arguments->operands[0]), approve, public_url, &session->arena, ret_approval);
}

static enum bh_err approve(
    struct bh_admin_session *session, const struct bh_arguments *arguments, struct bh_buf *out)
{
    struct bh_approval_record approval;
    enum bh_err err = settle(session, arguments, true, &approval);
    if (err != BH_OK)
        return err;
    bh_buf_add_text(out, "{\"approved\":true,\"grantExpiresAt\":");
    bh_json_add_time_or_null(out, approval.grant_expires_at);
    bh_buf_add_char(out, '}');
    return BH_OK;
}

static enum bh_err deny(
    struct bh_admin_session *session, const struct bh_arguments *arguments, struct bh_buf *out)
{
    struct bh_approval_record ignored;
    bh_buf_add_text(out, "{\"denied\":true}");
    return settle(session, arguments, false, &ignored);
}

static int approvals_approve(int argc, char **argv)
{
    static const struct bh_admin_command command = {
        .usage = {.command = "admin approvals approve",
            .operands = "<approvalId>",
            .operands_min = 1,
            .operands_max = 1,
            .summary = "Let the agent do exactly this, once, for a limited time"},
        .run = approve};
    return bh_admin_run(&command, argc, argv);
}

static int approvals_deny(int argc, char **argv)
{
    static const struct bh_admin_command command = {.usage = {.command = "admin approvals deny",
                                                        .operands = "<approvalId>",
                                                        .operands_min = 1,
                                                        .operands_max = 1,
                                                        .summary = "Refuse the request"},
        .run = deny};
    return bh_admin_run(&command, argc, argv);
}

int bh_admin_approvals(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", approvals_list, "show requests that wait for a person"},
        {"show", approvals_show, "show all that one approval covers"},
        {"approve", approvals_approve, "let the agent do it, once"},
        {"deny", approvals_deny, "refuse the request"},
    };
    static const struct bh_command_group group = {.name = "behalf admin approvals",
        .summary = "Requests that wait for a person",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}
