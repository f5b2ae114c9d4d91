// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_held.h"

#include <string.h>

#include "core/fingerprint.h"
#include "core/redact.h"
#include "lib/json.h"

#define ARGUMENTS_BYTES ((size_t)64 << 20) /* a line of 4 MiB, each byte escaped */

static void add_part(struct bh_buf *out, struct bh_span part)
{
    bh_json_add_string(out, bh_span_is_absent(part) ? BH_SPAN("") : part);
}

static bool describe_tuple(struct bh_wrap_asking *asking)
{
    const struct bh_question *question = &asking->question;
    const json_t *input = json_object_get(asking->context, "toolInput");
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, ARGUMENTS_BYTES);
    add_part(&text, bh_span_from(question->action));
    add_part(&text, bh_span_from(asking->target));
    bh_json_add_number(&text, question->amount == NULL ? -1 : *question->amount);
    if (bh_action_is_bindable(bh_span_from(question->action))) {
        add_part(&text, bh_json_member_text(input, "filePath"));
        add_part(&text, bh_json_member_text(input, "command"));
    }
    if (!text.failed)
        asking->tuple = bh_sha256(bh_buf_span(&text));
    return !text.failed;
}

static bool describe_call(struct bh_wrap_asking *asking, struct bh_span arguments)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, ARGUMENTS_BYTES);
    add_part(&text, bh_span_from(asking->tool));
    bh_buf_add(&text, arguments);
    if (!text.failed)
        asking->call = bh_sha256(bh_buf_span(&text));
    return !text.failed;
}

/* Redacted before it is cut: half a secret would not be recognised. */
static bool show_arguments(struct bh_wrap_asking *asking, struct bh_span arguments)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&clean, ARGUMENTS_BYTES * 2);
    bh_redact(arguments, &clean);
    if (clean.failed)
        return false;
    for (size_t units = BH_WRAP_SHOWN_UNITS; units > 0; units /= 2) {
        struct bh_span shown = bh_span_utf16_prefix(bh_buf_span(&clean), units);
        json_t *text = json_stringn(shown.data, shown.len);
        if (json_object_set_new(asking->metadata, "arguments", text) != 0)
            return false;
        if (bh_json_fits(asking->metadata, BH_WRAP_METADATA_UNITS))
            return true;
    }
    (void)json_object_del(asking->metadata, "arguments");
    return true;
}

bool bh_wrap_held_describe(struct bh_wrap_asking *asking, const json_t *params)
{
    const json_t *arguments = json_object_get(params, "arguments");
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, ARGUMENTS_BYTES);
    if (json_object_size(arguments) > 0)
        bh_json_add_value(&text, arguments);
    else
        bh_buf_add_text(&text, "{}");
    return !text.failed && describe_tuple(asking) && describe_call(asking, bh_buf_span(&text)) &&
           show_arguments(asking, bh_buf_span(&text));
}

bool bh_wrap_held_differ(const struct bh_wrap_asking *a, const struct bh_wrap_asking *b)
{
    return !bh_span_equal(bh_sha256_span(&a->call), bh_sha256_span(&b->call));
}

bool bh_wrap_held_clash(const struct bh_wrap_asking *a, const struct bh_wrap_asking *b)
{
    return bh_span_equal(bh_sha256_span(&a->tuple), bh_sha256_span(&b->tuple)) && bh_wrap_held_differ(a, b);
}
