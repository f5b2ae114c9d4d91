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
    const json_t *input = json_object_get(json, "tool_input");
    bh_hook_draft_fill_tool(draft, name, input == NULL ? json_object_get(json, "toolInput") : input);
}

void bh_hook_input_read(
    struct bh_span text, const struct bh_hook_origin *origin, struct bh_hook_call *ret_call)
{
    bh_hook_draft_read(text, origin, read_call, ret_call);
}
