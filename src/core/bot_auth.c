// SPDX-License-Identifier: Apache-2.0
#include "core/http_signature.h"

#include "core/site_names.h"

#define TAG "web-bot-auth"
#define BASE_LIMIT ((size_t)1 << 17)

/* ---- which directory a signature names ------------------------------------------------------------------
 */

static bool covers(const struct bh_signature_input *input, const char *name)
{
    for (size_t i = 0; i < input->params.item_count; i++) {
        const struct bh_field_item *component = &input->params.items[i];
        if (component->parameter_count == 0 && bh_span_equal(component->value.text, bh_span_from(name)))
            return true;
    }
    return false;
}

/* The members of Signature-Agent that the signature covers by name: how many, and the one to go by. */
static size_t count_covered_members(const struct bh_signature_input *input, struct bh_span *ret_key)
{
    size_t count = 0;
    for (size_t i = 0; i < input->params.item_count; i++) {
        const struct bh_field_item *component = &input->params.items[i];
        const struct bh_field_value *key = bh_field_parameter_find(component, "key");
        if (key == NULL || !bh_span_equal(component->value.text, BH_SPAN("signature-agent")))
            continue;
        if (count == 0 || bh_span_equal(key->text, input->label))
            *ret_key = key->text;
        count += 1;
    }
    return count;
}

/* The one member that speaks for this signature; NULL when it is not clear which, or it is not covered. */
static const struct bh_field_item *find_member(
    const struct bh_signature_input *input, const struct bh_field_dictionary *agents)
{
    struct bh_span key = BH_ABSENT;
    size_t count = count_covered_members(input, &key);
    if (count == 1 || (count > 1 && bh_span_equal(key, input->label)))
        return bh_field_member_find(agents, key);
    if (count > 1 || !covers(input, "signature-agent"))
        return NULL;
    return agents->count == 1 ? &agents->members[0].item : bh_field_member_find(agents, input->label);
}

/* The field is a dictionary; older agents send a single string. */
static bool find_agent(const struct bh_signature_input *input, struct bh_span field, struct bh_arena *arena,
    struct bh_span *ret_origin)
{
    struct bh_field_dictionary agents;
    struct bh_field_item single;
    const struct bh_field_item *item = NULL;
    if (field.len > 0 && field.data[0] == '"') {
        if (covers(input, "signature-agent") && bh_field_item_parse(field, arena, &single))
            item = &single;
    } else if (bh_field_dictionary_parse(field, arena, &agents)) {
        item = find_member(input, &agents);
    }
    if (item == NULL || item->value.type != BH_FIELD_STRING)
        return false;
    const struct bh_field_value *type = bh_field_parameter_find(item, "type");
    if (type != NULL && (type->type != BH_FIELD_TOKEN || !bh_span_equal(type->text, BH_SPAN("directory"))))
        return false;
    return bh_site_origin_canonical(item->value.text, arena, ret_origin);
}

/* ---- verification ---------------------------------------------------------------------------------------
 */

struct check {
    const struct bh_http_message *message;
    const struct bh_key_directory *directories;
    size_t count;
    int64_t now_s;
    struct bh_arena *arena;
    bool has_agent;
    struct bh_span agent_field;
};

static const char *judge_times(const struct bh_signature_input *input, int64_t now_s)
{
    if (input->created < 0 || input->expires < 0)
        return "The signature needs created and expires.";
    if (input->expires <= input->created || input->expires - input->created > BH_BOT_AUTH_LIFE_S)
        return "The signature must expire after it was created, within 24 hours.";
    if (input->created > now_s + BH_BOT_AUTH_AHEAD_S)
        return "The signature was created in the future.";
    return now_s >= input->expires ? "The signature has expired." : NULL;
}

static const char *judge_form(const struct bh_signature_input *input)
{
    if (!bh_span_is_absent(input->alg) && !bh_span_equal(input->alg, BH_SPAN("ed25519")))
        return "The signature must be made with ed25519.";
    if (bh_span_is_absent(input->keyid))
        return "The signature needs a keyid.";
    if (input->signature.len != BH_ED25519_SIGNATURE)
        return "The signature must have 64 bytes.";
    return covers(input, "@authority") || covers(input, "@target-uri")
               ? NULL
               : "The signature must cover @authority or @target-uri.";
}

static const struct bh_signature_key *find_key(const struct bh_key_directory *directory, struct bh_span keyid)
{
    for (size_t i = 0; i < directory->key_count; i++)
        if (bh_span_equal(keyid, bh_span_from(directory->keys[i].kid)))
            return &directory->keys[i];
    return NULL;
}

static bool is_signed_by(
    const struct check *check, const struct bh_signature_input *input, const struct bh_signature_key *key)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf base = {0};
    bh_buf_init(&base, BASE_LIMIT);
    return bh_signature_base(check->message, input, check->arena, &base) &&
           bh_ed25519_verify(key->x, bh_buf_span(&base), (const unsigned char *)input->signature.data);
}

/* The directories that the key can stand in: the one that is named, or all. */
struct choice {
    size_t directories, holders; /* of those: that have the key */
    const struct bh_key_directory *holder;
    const struct bh_signature_key *key;
};

static struct choice choose(const struct check *check, struct bh_span keyid, struct bh_span origin)
{
    struct choice choice = {0};
    for (size_t i = 0; i < check->count; i++) {
        const struct bh_key_directory *directory = &check->directories[i];
        if (!bh_span_is_absent(origin) && !bh_span_equal(directory->url, origin))
            continue;
        choice.directories += 1;
        const struct bh_signature_key *key = find_key(directory, keyid);
        if (key == NULL)
            continue;
        choice.holders += 1;
        choice.holder = directory;
        choice.key = key;
    }
    return choice;
}

/*
 * A key counts for the directory that it stands in and for no other. Public keys can be copied: a directory
 * that holds another's must not be taken for it, nor the other way round.
 */
static const char *judge_key(
    const struct check *check, const struct bh_signature_input *input, struct bh_span *ret_agent)
{
    struct bh_span origin = BH_ABSENT;
    if (check->has_agent && !find_agent(input, check->agent_field, check->arena, &origin))
        return "Signature-Agent must name one https directory, and the signature must cover it.";
    struct choice choice = choose(check, input->keyid, origin);
    if (choice.directories == 0)
        return "The site does not trust the directory of the signature.";
    if (choice.holders == 0)
        return "The directory does not have the key of the signature.";
    if (choice.holders > 1)
        return "Several directories have the key of the signature, and Signature-Agent names none.";
    if (!is_signed_by(check, input, choice.key))
        return "The signature does not fit the request.";
    *ret_agent = choice.holder->url;
    return NULL;
}

static const char *judge(
    const struct check *check, const struct bh_signature_input *input, struct bh_span *ret_agent)
{
    const char *error = judge_form(input);
    if (error == NULL)
        error = judge_times(input, check->now_s);
    return error == NULL ? judge_key(check, input, ret_agent) : error;
}

static struct bh_bot_identity invalid(const char *error)
{
    return (struct bh_bot_identity){BH_BOT_INVALID, BH_ABSENT, error};
}

static bool has_field(const struct bh_http_message *message, struct bh_span name)
{
    for (size_t i = 0; i < message->header_count; i++)
        if (bh_span_equal(message->headers[i].name, name))
            return true;
    return false;
}

static struct bh_bot_identity judge_all(
    const struct check *check, const struct bh_signature_input *inputs, size_t count)
{
    const char *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct bh_span agent;
        if (!bh_span_equal(inputs[i].tag, BH_SPAN(TAG)))
            continue;
        const char *error = judge(check, &inputs[i], &agent);
        if (error == NULL)
            return (struct bh_bot_identity){BH_BOT_VERIFIED, agent, NULL};
        first = first == NULL ? error : first;
    }
    return invalid(first == NULL ? "No signature has the tag " TAG "." : first);
}

struct bh_bot_identity bh_bot_auth_verify(const struct bh_http_message *message,
    const struct bh_key_directory *directories, size_t count, int64_t now_s, struct bh_arena *arena)
{
    struct check check = {message, directories, count, now_s, arena, false, BH_ABSENT};
    struct bh_signature_input *inputs = NULL;
    struct bh_span described, signatures;
    size_t found = 0;
    if (!has_field(message, BH_SPAN("signature-input")) && !has_field(message, BH_SPAN("signature")))
        return (struct bh_bot_identity){0};
    if (!bh_message_field(message, BH_SPAN("signature-input"), arena, &described) ||
        !bh_message_field(message, BH_SPAN("signature"), arena, &signatures) ||
        !bh_signature_parse(described, signatures, arena, &inputs, &found))
        return invalid("Signature-Input and Signature are malformed, or do not fit together.");
    check.has_agent = has_field(message, BH_SPAN("signature-agent"));
    if (check.has_agent && !bh_message_field(message, BH_SPAN("signature-agent"), arena, &check.agent_field))
        return invalid("Signature-Agent is malformed.");
    return judge_all(&check, inputs, found);
}
