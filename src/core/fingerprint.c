// SPDX-License-Identifier: Apache-2.0
#include "core/fingerprint.h"

#include "core/path.h"
#include "lib/json.h"

/* Every byte of the longest value may become six. */
#define TEXT_LIMIT ((size_t)1 << 20)

static bool is_file_action(struct bh_span action)
{
    return bh_span_equal(action, BH_SPAN("read_file")) || bh_span_equal(action, BH_SPAN("write_file"));
}

static bool is_command_action(struct bh_span action)
{
    return bh_span_equal(action, BH_SPAN("execute_command"));
}

bool bh_action_is_bindable(struct bh_span action)
{
    return is_file_action(action) || is_command_action(action);
}

const char *bh_target_kind_text(enum bh_target_kind kind)
{
    switch (kind) {
    case BH_TARGET_COMMAND:
        return "command";
    case BH_TARGET_FILE_PATH:
        return "file_path";
    case BH_TARGET_NONE:
        break;
    }
    return NULL;
}

static bool is_longer_than_judged(const struct bh_facts *facts)
{
    return facts->path.len > BH_PATH_LIMIT || facts->cwd.len > BH_PATH_LIMIT ||
           facts->home.len > BH_PATH_LIMIT;
}

/* False only when `scratch` is too small. */
static bool find_target(const struct bh_facts *facts, struct bh_arena *scratch, struct bh_target *target)
{
    if (is_command_action(facts->action) && !bh_span_is_blank(facts->command)) {
        target->kind = BH_TARGET_COMMAND;
        target->value = facts->command;
    } else if (is_file_action(facts->action) && !bh_span_is_blank(facts->path) &&
               !is_longer_than_judged(facts)) {
        struct bh_path_forms forms;
        if (!bh_path_forms(facts->path, facts->cwd, facts->home, scratch, &forms))
            return false;
        if (!bh_span_is_absent(forms.target)) {
            target->kind = BH_TARGET_FILE_PATH;
            target->value = forms.target;
        }
    }
    return true;
}

bool bh_fingerprint(const struct bh_facts *facts, struct bh_arena *scratch, struct bh_target *ret_target)
{
    struct bh_target target = {.kind = BH_TARGET_NONE};
    if (!find_target(facts, scratch, &target))
        return false;
    if (target.kind != BH_TARGET_NONE) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        bh_buf_init(&text, TEXT_LIMIT);
        bh_buf_add_text(&text, "{\"version\":1,\"kind\":\"");
        bh_buf_add_text(&text, bh_target_kind_text(target.kind));
        bh_buf_add_text(&text, "\",\"value\":");
        bh_json_add_string(&text, target.value);
        bh_buf_add_char(&text, '}');
        if (text.failed)
            return false;
        struct bh_sha256 digest = bh_sha256(bh_buf_span(&text));
        bh_hex_encode(bh_sha256_span(&digest), target.fingerprint);
    }
    *ret_target = target;
    return true;
}
