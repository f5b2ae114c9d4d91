// SPDX-License-Identifier: Apache-2.0
#include "core/http_signature.h"

/* Absent stays absent; false for a value of another type. */
static bool read_text(const struct bh_field_item *params, const char *key, struct bh_span *ret_text)
{
    const struct bh_field_value *value = bh_field_parameter_find(params, key);
    if (value == NULL)
        return true;
    *ret_text = value->text;
    return value->type == BH_FIELD_STRING;
}

static bool read_time(const struct bh_field_item *params, const char *key, int64_t *ret_time)
{
    const struct bh_field_value *value = bh_field_parameter_find(params, key);
    *ret_time = value == NULL ? -1 : value->number;
    return value == NULL || (value->type == BH_FIELD_INTEGER && value->number >= 0);
}

static bool covers_strings_only(const struct bh_field_item *params)
{
    for (size_t i = 0; i < params->item_count; i++)
        if (params->items[i].value.type != BH_FIELD_STRING)
            return false;
    return true;
}

static bool read_input(const struct bh_field_member *member, const struct bh_field_item *signature,
    struct bh_signature_input *input)
{
    const struct bh_field_item *params = &member->item;
    *input = (struct bh_signature_input){.label = member->key, .params = *params};
    if (params->value.type != BH_FIELD_LIST || !covers_strings_only(params) || signature == NULL ||
        signature->value.type != BH_FIELD_BINARY)
        return false;
    input->signature = signature->value.text;
    return read_time(params, "created", &input->created) && read_time(params, "expires", &input->expires) &&
           read_text(params, "keyid", &input->keyid) && read_text(params, "alg", &input->alg) &&
           read_text(params, "nonce", &input->nonce) && read_text(params, "tag", &input->tag);
}

bool bh_signature_parse(struct bh_span signature_input, struct bh_span signature, struct bh_arena *arena,
    struct bh_signature_input **ret_inputs, size_t *ret_count)
{
    struct bh_field_dictionary described, values;
    if (!bh_field_dictionary_parse(signature_input, arena, &described) ||
        !bh_field_dictionary_parse(signature, arena, &values))
        return false;
    if (described.count > BH_SIGNATURES_MAX || described.count != values.count)
        return false;
    struct bh_signature_input *inputs = bh_arena_alloc(arena, described.count * sizeof(*inputs));
    if (inputs == NULL)
        return false;
    for (size_t i = 0; i < described.count; i++) {
        const struct bh_field_member *member = &described.members[i];
        if (!read_input(member, bh_field_member_find(&values, member->key), &inputs[i]))
            return false;
    }
    *ret_inputs = inputs;
    *ret_count = described.count;
    return true;
}
