// SPDX-License-Identifier: Apache-2.0
/*
 * A canonical form reads back as itself; a signature base has one line for each component and none more; the
 * same request gives the same base; nobody is verified with the key of a directory that is not there; and a
 * canonical origin stays as it is.
 */
#include "fuzz_input.h"

#include "core/http_signature.h"
#include "core/site_names.h"

#define TEXT_LIMIT ((size_t)1 << 24)
#define NOW 1700000000

static void check_canonical(struct bh_span text, struct bh_arena *arena)
{
    struct bh_field_item item, again;
    if (!bh_field_item_parse(text, arena, &item))
        return;
    require(bh_field_item_parse(item.canonical, arena, &again));
    require(bh_span_equal(item.canonical, again.canonical) && item.value.type == again.value.type);
}

static void check_dictionary(struct bh_span text, struct bh_arena *arena)
{
    struct bh_field_dictionary dictionary;
    if (!bh_field_dictionary_parse(text, arena, &dictionary))
        return;
    require(dictionary.count > 0 && dictionary.count <= BH_FIELD_MEMBERS);
    for (size_t i = 0; i < dictionary.count; i++) {
        const struct bh_field_item *item = &dictionary.members[i].item;
        require(bh_field_member_find(&dictionary, dictionary.members[i].key) == item);
        if (item->value.type != BH_FIELD_LIST)
            check_canonical(item->canonical, arena);
    }
}

static void check_base(
    const struct bh_http_message *message, const struct bh_signature_input *input, struct bh_arena *arena)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf base = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf again = {0};
    bh_buf_init(&base, TEXT_LIMIT);
    bh_buf_init(&again, TEXT_LIMIT);
    if (!bh_signature_base(message, input, arena, &base))
        return;
    size_t lines = 0;
    for (size_t i = 0; i < base.len; i++)
        lines += base.data[i] == '\n';
    require(lines == input->params.item_count);
    require(bh_signature_base(message, input, arena, &again));
    require(bh_span_equal(bh_buf_span(&base), bh_buf_span(&again)));
}

static void check_origin(struct bh_span text, struct bh_arena *arena)
{
    struct bh_span origin, again;
    if (!bh_site_origin_canonical(text, arena, &origin))
        return;
    require(bh_site_origin_canonical(origin, arena, &again) && bh_span_equal(origin, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_span rest = {(const char *)data, size};
    struct bh_span input = take_text(&rest), signature = take_text(&rest), agent = take_text(&rest);
    struct bh_span target = take_text(&rest), note = take_text(&rest);
    const struct bh_message_header headers[] = {
        {BH_SPAN("signature-input"), input},
        {BH_SPAN("signature"), signature},
        {BH_SPAN("signature-agent"), agent},
        {BH_SPAN("x-note"), note},
    };
    const struct bh_http_message message = {BH_SPAN("GET"), BH_SPAN("https"), BH_SPAN("a.example"), target,
        headers, bh_span_is_absent(note) ? 0 : BH_COUNT(headers)};
    struct bh_arena arena;
    bh_arena_init(&arena, 65536, TEXT_LIMIT);
    check_canonical(agent, &arena);
    check_dictionary(input, &arena);
    check_origin(agent, &arena);
    struct bh_signature_input *inputs = NULL;
    size_t count = 0;
    if (bh_signature_parse(input, signature, &arena, &inputs, &count))
        for (size_t i = 0; i < count; i++)
            check_base(&message, &inputs[i], &arena);
    const struct bh_signature_key key = {"poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U", {0}};
    const struct bh_key_directory directory = {BH_SPAN("https://bot.example"), &key, 0};
    require(bh_bot_auth_verify(&message, &directory, 1, NOW, &arena).result != BH_BOT_VERIFIED);
    bh_arena_finish(&arena);
    return 0;
}
