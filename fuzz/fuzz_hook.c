// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever a host says about a tool call is asked about or blocked: every question has an action, a vendor
 * and a context that fits, those about files a path, those about commands a command.
 */
#include "coding/hook_input.h"
#include "fuzz_input.h"
#include "lib/json.h"

static void require_question(const json_t *question)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_HOOK_CONTEXT_LIMIT);
    bh_json_add_value(&text, json_object_get(question, "policyContext"));
    require(!text.failed);
    require(json_object_size(question) == 3);
    require(bh_json_member_text(question, "action").len > 0);
    require(bh_json_member_text(question, "vendor").len > 0);
    const json_t *context = json_object_get(question, "policyContext");
    require(bh_json_member_text(context, "toolName").len > 0);
    const json_t *input = json_object_get(context, "toolInput");
    require(json_object_size(input) <= 1);
    struct bh_span action = bh_json_member_text(question, "action");
    bool is_file =
        bh_span_equal(action, BH_SPAN("read_file")) || bh_span_equal(action, BH_SPAN("write_file"));
    bool is_command = bh_span_equal(action, BH_SPAN("execute_command"));
    require(!is_file || !bh_span_is_blank(bh_json_member_text(input, "filePath")));
    require(!is_command || bh_json_member_text(input, "command").len > 0);
}

static void require_sound(const struct bh_hook_call *call)
{
    size_t count = json_array_size(call->questions);
    require((call->reading == BH_HOOK_ASK) == (count > 0));
    for (size_t i = 0; i < count; i++)
        require_question(json_array_get(call->questions, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bh_hook_origin origin = {.source = "claude_code", .home = "/h", .program = "/b"};
    struct bh_span text = {(const char *)data, size};
    BH_CLEANUP(bh_hook_call_finish) struct bh_hook_call call = {0};
    BH_CLEANUP(bh_hook_call_finish) struct bh_hook_call cursor = {0};
    bh_hook_input_read(text, &origin, &call);
    require_sound(&call);
    bh_cursor_input_read(text, &origin, &cursor);
    require_sound(&cursor);
    return 0;
}
