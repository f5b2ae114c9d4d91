// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_text.h"

#include "core/quoted.h"
#include "lib/json.h"
#include "mcp/wrap_judge.h"

#define REFUSED (-32000) /* of the range that JSON-RPC leaves to servers */

struct facts {
    const char *outcome, *request_id, *approval_id, *reason;
};

static void add_tool(struct bh_buf *text, const struct bh_wrap_about *about)
{
    bh_buf_add_text(text, "The tool ");
    bh_quoted_add(bh_span_from(about->tool), text);
    bh_buf_add_text(text, " of the MCP server ");
    bh_quoted_add(bh_span_from(about->server), text);
}

static void add_meta(struct bh_buf *out, const struct facts *facts)
{
    bh_buf_add_text(out, "\"_meta\":{\"behalfid\":{");
    bh_json_add_text_member(out, "outcome", bh_span_from(facts->outcome));
    if (facts->request_id[0] != 0)
        bh_json_add_text_member(out, "requestId", bh_span_from(facts->request_id));
    if (facts->approval_id[0] != 0)
        bh_json_add_text_member(out, "approvalId", bh_span_from(facts->approval_id));
    if (facts->reason[0] != 0)
        bh_json_add_text_member(out, "reason", bh_span_from(facts->reason));
    bh_buf_add_text(out, "}}");
}

static void add_answer(
    struct bh_buf *out, const struct bh_wrap_about *about, struct bh_span text, const struct facts *facts)
{
    if (about->is_task) {
        bh_wrap_add_error(out, about->id, REFUSED, text);
        return;
    }
    bh_buf_add_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    bh_buf_add(out, about->id);
    bh_buf_add_text(out, ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":");
    bh_json_add_string(out, text);
    bh_buf_add_text(out, "}],\"isError\":true,");
    add_meta(out, facts);
    bh_buf_add_text(out, "}}");
}

void bh_wrap_add_denied(
    struct bh_buf *out, const struct bh_wrap_about *about, const struct bh_decision *decision)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_WRAP_TEXT_BYTES);
    bh_buf_add_text(&text, "BehalfID: denied. ");
    add_tool(&text, about);
    bh_buf_add_text(&text, " was not called.\nReason: ");
    bh_quoted_clean(bh_span_from(decision->reason), &text);
    bh_buf_addf(&text, "\nRequest ID: %s\n", decision->request_id);
    bh_buf_add_text(&text, "Do not try to do the same another way. Tell the user what was denied and why.");
    add_answer(out, about, bh_buf_span(&text),
        &(struct facts){"denied", decision->request_id, "", decision->reason});
}

void bh_wrap_add_unknown(struct bh_buf *out, const struct bh_wrap_about *about, struct bh_span problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_WRAP_TEXT_BYTES);
    bh_buf_add_text(&text, "BehalfID: blocked, because there is no decision. ");
    add_tool(&text, about);
    bh_buf_add_text(&text, " was not called.\nReason: ");
    bh_quoted_clean(problem, &text);
    bh_buf_add_text(&text, "\nDo not try to do the same another way. Tell the user what happened.");
    add_answer(out, about, bh_buf_span(&text), &(struct facts){"unknown", "", "", ""});
}

void bh_wrap_add_approval(struct bh_buf *out, const struct bh_wrap_about *about,
    const struct bh_decision *decision, enum bh_wrap_waited waited)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_WRAP_TEXT_BYTES);
    bool over = waited == BH_WRAP_APPROVAL_OVER;
    bh_buf_add_text(&text, over ? "BehalfID: not approved. " : "APPROVAL REQUIRED. ");
    add_tool(&text, about);
    bh_buf_addf(&text, " was not called.\nRequest ID: %s\nApproval ID: %s\n", decision->request_id,
        decision->approval_id);
    if (over) {
        bh_buf_add_text(&text,
            "The approval was denied, has expired or was used for another call.\n"
            "Do not try to do the same another way. Tell the user that it was not approved.");
    } else {
        if (waited == BH_WRAP_TIME_OVER)
            bh_buf_add_text(&text, "Nobody has decided while this call waited.\n");
        bh_buf_addf(&text, "A person must approve it at: %s/dashboard/approvals\n", about->base_url);
        bh_buf_add_text(&text,
            "1. Tell the user that this call needs approval, and name the approval ID.\n"
            "2. Do not try to do the same another way.\n"
            "3. Once the user says that it is approved, make this very call again. An approval lets one call "
            "run,\nand does not tell apart the arguments of most tools: make no other call with it.");
    }
    add_answer(out, about, bh_buf_span(&text),
        &(struct facts){over ? "not_approved" : "approval_required", decision->request_id,
            decision->approval_id, decision->reason});
}

void bh_wrap_add_held_up(struct bh_buf *out, const struct bh_wrap_about *about, const char *approval_id)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_WRAP_TEXT_BYTES);
    bh_buf_add_text(&text, "BehalfID: blocked, because another call waits for a person. ");
    add_tool(&text, about);
    bh_buf_addf(&text,
        " was not called.\nApproval ID: %s\n"
        "That approval is for a call with other arguments and could not tell the two apart.\n"
        "Do not try to do the same another way. Call this tool again once the other call was answered.",
        approval_id);
    add_answer(out, about, bh_buf_span(&text), &(struct facts){"held_up", "", approval_id, ""});
}

void bh_wrap_add_progress(
    struct bh_buf *out, struct bh_span token, double part, const char *approval_id, int left_s)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_WRAP_TEXT_BYTES);
    bh_buf_addf(
        &text, "BehalfID: waiting for a person to approve %s, for %d more seconds", approval_id, left_s);
    bh_buf_add_text(out, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{");
    bh_buf_add_text(out, "\"progressToken\":");
    bh_buf_add(out, token);
    bh_buf_add_text(out, ",\"progress\":");
    bh_json_add_number(out, part);
    bh_json_add_text_member(out, "message", bh_buf_span(&text));
    bh_buf_add_text(out, "}}");
}
