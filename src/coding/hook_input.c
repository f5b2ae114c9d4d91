// SPDX-License-Identifier: Apache-2.0
#include "coding/hook_input.h"

#include "coding/hook_call.h"
#include "lib/json.h"

/* Both spellings of the name may be there, if they say the same. */
static bool read_name(const json_t *json, struct bh_span *ret_name)
{
    struct bh_span name;
    struct bh_span other;
    if (!bh_hook_member(json, "tool_name", &name) || !bh_hook_member(json, "toolName", &other))
        return false;
    if (bh_span_is_absent(name))
        name = other;
    *ret_name = name;
    return !bh_span_is_blank(name) && (bh_span_is_absent(other) || bh_span_equal(name, other));
}

static void read_call(struct bh_hook_draft *draft, const json_t *json)
{
    struct bh_span name;
    struct bh_span cwd;
    if (!read_name(json, &name)) {
        bh_hook_draft_fail(draft, BH_HOOK_MALFORMED, "The name of the tool is missing.");
        return;
    }
    bh_hook_draft_name(draft, name);
    if (!bh_hook_member(json, "cwd", &cwd)) {
        bh_hook_draft_fail(draft, BH_HOOK_MALFORMED, "The working folder is no text.");
        return;
    }
    draft->cwd = bh_span_is_blank(cwd) ? NULL : cwd.data;
    draft->input = json_object_get(json, "tool_input");
    if (draft->input == NULL)
        draft->input = json_object_get(json, "toolInput");
    if (!json_is_object(draft->input)) {
        bh_hook_draft_fail(draft, BH_HOOK_BAD_ARGUMENTS, "The arguments of the tool are no object.");
        return;
    }
    struct bh_tool tool = bh_tool_find(name);
    bh_hook_draft_fill(draft, &tool);
}

void bh_hook_input_read(
    struct bh_span text, const struct bh_hook_origin *origin, struct bh_hook_call *ret_call)
{
    *ret_call = (struct bh_hook_call){0};
    struct bh_hook_draft draft = {.origin = origin, .call = ret_call};
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    if (text.len > BH_HOOK_INPUT_LIMIT)
        bh_hook_draft_fail(&draft, BH_HOOK_MALFORMED, "The input is larger than 1 MiB.");
    else if (bh_json_parse_unique(text, &json) != BH_OK || !json_is_object(json))
        bh_hook_draft_fail(&draft, BH_HOOK_MALFORMED, "The input is not a JSON object.");
    else
        read_call(&draft, json);
}
