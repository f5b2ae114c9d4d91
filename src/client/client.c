// SPDX-License-Identifier: Apache-2.0
#include "client/client.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/config_file.h"
#include "client/output.h"
#include "client/session_file.h"
#include "lib/digest.h"

#define TEXT_LIMIT 65536
#define PATH_LIMIT 4096

const char *bh_client_environment(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == 0 ? NULL : value;
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    return a != NULL ? a : b != NULL ? b : c;
}

/* The session of another server, or of one that nobody knows, is nobody's business here. */
static void take_session(struct bh_client *client)
{
    const char *owner = bh_config_file_text(client->config, BH_CONFIG_SESSION_URL);
    bh_session_file_read(&client->session_text);
    bool usable = !client->session_text.failed && client->session_text.data[0] != 0 &&
                  client->developer_token == NULL && owner != NULL && strcmp(owner, client->base_url) == 0;
    client->session = usable ? client->session_text.data : NULL;
}

bool bh_client_init(struct bh_client *client, const struct bh_client_flags *flags)
{
    *client = (struct bh_client){.config = bh_config_file_read()};
    bh_buf_init(&client->base_url_text, TEXT_LIMIT);
    bh_buf_init(&client->session_text, TEXT_LIMIT);
    const char *base_url = first_of(flags->base_url, bh_client_environment("BEHALFID_BASE_URL"),
        bh_config_file_text(client->config, BH_CONFIG_BASE_URL));
    struct bh_span trimmed = bh_span_trim(bh_span_from(base_url == NULL ? BH_DEFAULT_BASE_URL : base_url));
    while (trimmed.len > 0 && trimmed.data[trimmed.len - 1] == '/')
        trimmed.len--;
    bh_buf_add(&client->base_url_text, trimmed);
    bh_buf_add_char(&client->base_url_text, 0);
    client->base_url = client->base_url_text.data;
    client->api_key = first_of(flags->api_key, bh_client_environment("BEHALFID_API_KEY"),
        bh_config_file_text(client->config, BH_CONFIG_API_KEY));
    client->key_by_flag = flags->api_key != NULL;
    client->developer_token =
        first_of(flags->developer_token, bh_client_environment("BEHALFID_DEVELOPER_TOKEN"), NULL);
    if (client->base_url_text.failed || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        bh_output_error(BH_ABSENT, BH_SPAN("The HTTP client could not be started."), BH_ABSENT);
        bh_buf_finish(&client->base_url_text);
        json_decref(client->config);
        *client = (struct bh_client){0};
        return false;
    }
    take_session(client);
    return true;
}

bool bh_client_begin(const struct bh_usage *usage, int argc, char **argv, const struct bh_client_flags *flags,
    struct bh_arguments *ret_arguments, struct bh_client *ret_client, int *ret_status)
{
    if (!bh_options_begin(usage, argc, argv, ret_arguments, ret_status))
        return false;
    *ret_status = 1;
    return bh_client_init(ret_client, flags);
}

bool bh_client_begin_with_token(const struct bh_usage *usage, int argc, char **argv,
    const struct bh_client_flags *flags, struct bh_arguments *ret_arguments, struct bh_client *ret_client,
    int *ret_status)
{
    return bh_client_begin(usage, argc, argv, flags, ret_arguments, ret_client, ret_status) &&
           bh_client_needs_token(ret_client);
}

void bh_client_finish(struct bh_client *client)
{
    if (client == NULL || client->base_url_text.data == NULL) /* never begun */
        return;
    bh_buf_finish(&client->base_url_text);
    bh_wipe(client->session_text.data, client->session_text.len);
    bh_buf_finish(&client->session_text);
    bh_wipe(client->new_session, sizeof(client->new_session));
    curl_easy_cleanup(client->handle);
    json_decref(client->config);
    curl_global_cleanup();
}

static bool fail_auth(const char *message, const char *hint)
{
    bh_output_error(BH_SPAN("auth"), bh_span_from(message), bh_span_from(hint));
    return false;
}

const char *bh_client_agent_id(const struct bh_client *client, const char *explicit_id)
{
    const char *id = first_of(explicit_id, bh_config_file_text(client->config, BH_CONFIG_AGENT_ID),
        bh_client_environment("BEHALFID_AGENT_ID"));
    if (id == NULL)
        bh_output_error(BH_ABSENT, BH_SPAN("No agent id is known."),
            BH_SPAN(
                "Name it as an argument, run `behalf config set agent-id <id>`, or set BEHALFID_AGENT_ID."));
    return id;
}

bool bh_client_needs_key(const struct bh_client *client)
{
    return client->api_key != NULL ||
           fail_auth("This command needs an agent key.",
               "Pass --key, set BEHALFID_API_KEY, or run `behalf config set api-key <key>`.");
}

bool bh_client_needs_token(const struct bh_client *client)
{
    return client->developer_token != NULL || client->session != NULL ||
           fail_auth("This command requires you to be logged in. Run `behalf login`.",
               "Or pass --developer-token, or set BEHALFID_DEVELOPER_TOKEN.");
}

bool bh_client_needs_any(const struct bh_client *client)
{
    return client->developer_token != NULL || client->session != NULL || client->api_key != NULL ||
           fail_auth("This command requires you to be logged in, or the agent's key.",
               "Run `behalf login`, pass --developer-token or set BEHALFID_DEVELOPER_TOKEN; or pass --key or "
               "set BEHALFID_API_KEY.");
}

bool bh_client_needs_session(const struct bh_client *client, const char *hint)
{
    return client->session != NULL ||
           fail_auth("This command requires you to be logged in. Run `behalf login`.", hint);
}

bool bh_client_acts_as_developer(const struct bh_client *client)
{
    return (client->developer_token != NULL || client->session != NULL) && !client->key_by_flag;
}

static void add_encoded(struct bh_buf *out, const char *text)
{
    char *encoded = curl_easy_escape(NULL, text, 0);
    if (encoded == NULL)
        out->failed = true;
    else
        bh_buf_add_text(out, encoded);
    curl_free(encoded);
}

void bh_client_add_path(struct bh_buf *path, const char *before, const char *id, const char *after)
{
    bh_buf_add_text(path, before);
    add_encoded(path, id);
    bh_buf_add_text(path, after);
}

void bh_client_add_query(struct bh_buf *path, const char *name, const char *value)
{
    if (value == NULL)
        return;
    bool first = bh_span_find(bh_buf_span(path), BH_SPAN("?")) == SIZE_MAX;
    bh_buf_addf(path, "%c%s=", first ? '?' : '&', name);
    add_encoded(path, value);
}

json_t *bh_client_ask(struct bh_client *client, const char *method, const json_t *body, const char *path, ...)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf filled = {0};
    const char *gap;
    va_list texts;
    bh_buf_init(&filled, PATH_LIMIT);
    va_start(texts, path);
    for (; (gap = strstr(path, "%s")) != NULL; path = gap + 2) {
        bh_buf_add(&filled, (struct bh_span){path, (size_t)(gap - path)});
        add_encoded(&filled, va_arg(texts, const char *));
    }
    va_end(texts);
    bh_buf_add_text(&filled, path);
    return bh_client_call(client, method, &filled, body);
}
