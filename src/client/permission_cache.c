// SPDX-License-Identifier: Apache-2.0
#include "client/permission_cache.h"

#include <stdio.h>
#include <string.h>

#include "client/config_file.h"
#include "client/output.h"
#include "lib/json.h"
#include "lib/timefmt.h"

#define FILE_LIMIT ((size_t)8 << 20)
#define ID_MAX 80

/* The id becomes a name of a file, so it is one word; false when it could lead elsewhere. */
static bool make_name(const char *agent_id, char name[static 128])
{
    size_t len = strlen(agent_id);
    for (size_t i = 0; i < len; i++) {
        char c = agent_id[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
                c == '-'))
            return false;
    }
    snprintf(name, 128, "/cache/%.*s.json", ID_MAX, agent_id);
    return len > 0 && len <= ID_MAX;
}

static bool is_detail(const json_t *data)
{
    return json_is_object(json_object_get(data, "agent")) &&
           json_is_array(json_object_get(data, "permissions"));
}

json_t *bh_permission_cache_read(const char *agent_id, int64_t now_ms, bool *ret_fresh)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_json_release) json_t *cache = NULL;
    char name[128];
    int64_t fetched_ms;
    bh_buf_init(&text, FILE_LIMIT);
    if (!make_name(agent_id, name))
        return NULL;
    bh_config_file_read_text(name, &text);
    if (bh_json_parse_object(bh_buf_span(&text), &cache) != BH_OK ||
        !bh_span_equal(bh_json_member_text(cache, "agentId"), bh_span_from(agent_id)) ||
        !is_detail(json_object_get(cache, "data")))
        return NULL;
    bool known = bh_time_parse(bh_json_member_text(cache, "fetchedAt"), &fetched_ms);
    *ret_fresh = known && fetched_ms <= now_ms && now_ms - fetched_ms < BH_PERMISSION_CACHE_MS;
    return json_incref(json_object_get(cache, "data"));
}

/* A cache that cannot be written is none: the next one asks again. */
static void write_cache(const char *agent_id, json_t *data, int64_t now_ms)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    char name[128], time[BH_TIME_TEXT];
    bh_time_format(now_ms, time);
    BH_CLEANUP(bh_json_release)
    json_t *cache = json_pack("{s:s, s:s, s:O}", "agentId", agent_id, "fetchedAt", time, "data", data);
    bh_buf_init(&text, FILE_LIMIT);
    bh_output_add_json(cache, &text);
    bh_buf_add_char(&text, '\n');
    if (cache != NULL && !text.failed && make_name(agent_id, name))
        (void)!bh_config_file_write_text(name, bh_buf_span(&text));
}

json_t *bh_permission_cache_fetch(struct bh_client *client, const char *agent_id, int64_t now_ms)
{
    BH_CLEANUP(bh_json_release)
    json_t *answer = bh_client_ask(client, "GET", NULL, "/api/agents/%s", agent_id);
    if (answer == NULL)
        return NULL;
    if (!is_detail(answer)) {
        bh_client_fail(client, BH_SPAN("bad_response"),
            BH_SPAN("The answer of the server does not describe an agent."), BH_ABSENT);
        return NULL;
    }
    write_cache(agent_id, answer, now_ms);
    return json_incref(answer);
}

json_t *bh_permission_cache_get(struct bh_client *client, const char *agent_id, int64_t now_ms)
{
    bool fresh = false;
    json_t *data = bh_permission_cache_read(agent_id, now_ms, &fresh);
    if (data != NULL && fresh)
        return data;
    json_decref(data);
    return bh_permission_cache_fetch(client, agent_id, now_ms);
}
