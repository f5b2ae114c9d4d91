// SPDX-License-Identifier: Apache-2.0
#include "http/agent_fields.h"

#define GUIDELINES_TEXT_LIMIT (1u << 18)

static const char *const types[] = {"native", "connected", NULL};
static const char *const providers[] = {"custom", "ollie", "chatgpt", "claude", "gemini", "zapier", "make",
    "langchain", "openai", "ollama", "other", NULL};
static const char *const connections[] = {"manual", "connected", "disconnected", NULL};

/* The optional texts of an agent, which share one rule. */
struct text_rule {
    const char *key;
    size_t units;
    enum bh_err too_long;
    size_t offset;
    bool at_creation;
};

#define AT(member) offsetof(struct bh_agent_record, member)

static const struct text_rule text_rules[] = {
    {"externalAgentId", 180, BH_ERR_LABEL_TOO_LONG, AT(external_agent_id), true},
    {"externalAgentLabel", 180, BH_ERR_LABEL_TOO_LONG, AT(external_agent_label), true},
    {"description", 800, BH_ERR_TEXT_TOO_LONG_800, AT(description), true},
    {"ollamaBaseUrl", 240, BH_ERR_TEXT_TOO_LONG_240, AT(ollama_base_url), false},
    {"ollamaModel", 180, BH_ERR_LABEL_TOO_LONG, AT(ollama_model), false},
};

static enum bh_err read_text(const json_t *object, const struct text_rule *rule,
    struct bh_agent_record *agent, struct bh_span *ret_detail)
{
    struct bh_span *text = (struct bh_span *)(void *)((char *)agent + rule->offset);
    return bh_fields_optional_text(object, rule->key, rule->units, rule->too_long, text, ret_detail);
}

enum bh_err bh_agent_fields_read(
    const json_t *object, struct bh_agent_record *agent, struct bh_span *ret_detail)
{
    enum bh_err err =
        bh_fields_required_text(object, "name", 120, BH_ERR_NAME_TOO_LONG, &agent->name, ret_detail);
    if (err == BH_OK)
        err = bh_fields_choice(object, "agentType", types, "native", BH_ERR_AGENT_TYPE, &agent->agent_type);
    if (err == BH_OK) {
        bool connected = bh_span_equal(agent->agent_type, BH_SPAN("connected"));
        err = bh_fields_choice(
            object, "provider", providers, connected ? "other" : "custom", BH_ERR_PROVIDER, &agent->provider);
    }
    if (err == BH_OK)
        err = bh_fields_choice(object, "connectionStatus", connections, "manual", BH_ERR_CONNECTION_STATUS,
            &agent->connection_status);
    for (size_t i = 0; i < BH_COUNT(text_rules) && err == BH_OK; i++) {
        if (text_rules[i].at_creation)
            err = read_text(object, &text_rules[i], agent, ret_detail);
    }
    return err;
}

/* ---- changes ---- */

static enum bh_err read_guidelines(
    const json_t *object, struct bh_arena *arena, struct bh_agent_record *agent, struct bh_span *ret_detail)
{
    const json_t *array = json_object_get(object, "guidelines");
    if (array == NULL)
        return BH_OK;
    *ret_detail = BH_SPAN("guidelines");
    if (!json_is_array(array))
        return BH_ERR_STRING_LIST;
    if (json_array_size(array) > BH_GUIDELINES)
        return BH_ERR_GUIDELINE_COUNT;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, GUIDELINES_TEXT_LIMIT);
    bh_buf_add_char(&text, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        struct bh_span item = bh_span_trim(bh_json_text(json_array_get(array, i)));
        if (item.len == 0)
            return BH_ERR_STRING_LIST;
        if (bh_span_utf16_length(item) > 500)
            return BH_ERR_GUIDELINE_LENGTH;
        bh_json_add_separator(&text);
        bh_json_add_string(&text, item);
    }
    bh_buf_add_char(&text, ']');
    return !text.failed && bh_arena_copy(arena, bh_buf_span(&text), &agent->guidelines) ? BH_OK
                                                                                        : BH_ERR_NO_MEMORY;
}

/* It becomes a link in the dashboard. */
static enum bh_err check_url(const struct bh_agent_record *agent, struct bh_span *ret_detail)
{
    struct bh_span url = agent->ollama_base_url;
    if (bh_span_is_absent(url) || bh_span_starts_with(url, BH_SPAN("http://")) ||
        bh_span_starts_with(url, BH_SPAN("https://")))
        return BH_OK;
    *ret_detail = BH_SPAN("ollamaBaseUrl");
    return BH_ERR_HTTP_URL;
}

static enum bh_err read_choices(
    const json_t *object, struct bh_agent_record *agent, struct bh_span *ret_detail)
{
    enum bh_err err = BH_OK;
    if (json_object_get(object, "name") != NULL)
        err = bh_fields_required_text(object, "name", 120, BH_ERR_NAME_TOO_LONG, &agent->name, ret_detail);
    if (err == BH_OK && json_object_get(object, "provider") != NULL)
        err = bh_fields_choice(object, "provider", providers, NULL, BH_ERR_PROVIDER, &agent->provider);
    if (err == BH_OK && json_object_get(object, "connectionStatus") != NULL)
        err = bh_fields_choice(object, "connectionStatus", connections, NULL, BH_ERR_CONNECTION_STATUS,
            &agent->connection_status);
    return err;
}

const char *const bh_agent_fields_changeable[] = {"name", "provider", "externalAgentId", "externalAgentLabel",
    "description", "connectionStatus", "guidelines", "ollamaBaseUrl", "ollamaModel", NULL};

enum bh_err bh_agent_fields_change(
    const json_t *object, struct bh_arena *arena, struct bh_agent_record *agent, struct bh_span *ret_detail)
{
    if (json_object_size(object) == 0) {
        *ret_detail = BH_SPAN("agent");
        return BH_ERR_NOTHING_TO_CHANGE;
    }
    enum bh_err err = read_choices(object, agent, ret_detail);
    for (size_t i = 0; i < BH_COUNT(text_rules) && err == BH_OK; i++) {
        if (json_object_get(object, text_rules[i].key) != NULL)
            err = read_text(object, &text_rules[i], agent, ret_detail);
    }
    if (err == BH_OK)
        err = check_url(agent, ret_detail);
    return err == BH_OK ? read_guidelines(object, arena, agent, ret_detail) : err;
}
