// SPDX-License-Identifier: Apache-2.0
/*
 * The whole server, for its operators: all accounts, and how the server is set up.
 */
#include "http/handlers.h"

#include <string.h>

#include "app/app.h"
#include "http/credentials.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/version.h"
#include "store/reader.h"
#include "store/server_summary.h"

#define SHOWN_ACCOUNTS 100

static void add_count(struct bh_buf *out, const char *key, int64_t count)
{
    bh_json_add_key(out, key);
    bh_buf_add_int(out, count);
}

static void add_text(struct bh_buf *out, const char *key, const char *text)
{
    bh_json_add_text_member(out, key, bh_span_from(text));
}

/* ---- accounts ---- */

static void add_account(
    const struct bh_account_record *account, const struct bh_account_counts *counts, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "accountId", account->account_id);
    bh_json_add_text_member(out, "name", account->name);
    add_count(out, "members", counts->members);
    add_count(out, "agents", counts->agents);
    add_count(out, "activePermissions", counts->active_permissions);
    add_count(out, "pendingApprovals", counts->pending_approvals);
    bh_json_add_time_member(out, "createdAt", account->created_at);
    bh_buf_add_char(out, '}');
}

void bh_api_operator_accounts(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_account_record *accounts = NULL;
    struct bh_account_counts *counts = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_operator(app, exchange, reader.db);
    if (err == BH_OK)
        err = bh_account_list(reader.db, bh_exchange_query(exchange, "cursor"), SHOWN_ACCOUNTS,
            bh_clock_wall_ms(), &exchange->arena, &accounts, &counts, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"accounts\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        add_account(&accounts[i], &counts[i], body);
    }
    bh_buf_add_text(body, "],\"nextCursor\":");
    if (count < SHOWN_ACCOUNTS)
        bh_buf_add_text(body, "null}");
    else
        bh_buf_addf(body, "\"%s\"}", accounts[count - 1].account_id.data);
}

/* ---- counters ---- */

static void add_summary(const struct bh_app *app, const struct bh_server_summary *summary, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    add_count(out, "accounts", summary->accounts);
    add_count(out, "people", summary->people);
    add_count(out, "agents", summary->agents);
    add_count(out, "activePermissions", summary->active_permissions);
    bh_json_add_key(out, "decisionsToday");
    bh_buf_add_char(out, '{');
    add_count(out, "allowed", summary->today.allowed);
    add_count(out, "denied", summary->today.denied);
    add_count(out, "approvalRequired", summary->today.approval_required);
    bh_buf_add_char(out, '}');
    add_count(out, "pendingApprovals", summary->waiting.pending_approvals);
    add_count(out, "pendingEvents", summary->waiting.pending_events);
    add_count(out, "deadEvents", summary->waiting.dead_events);
    add_count(out, "databaseBytes", summary->bytes);
    bh_json_add_time_member(out, "startedAt", app->started_at);
    add_text(out, "version", BH_VERSION);
    bh_buf_add_char(out, '}');
}

void bh_api_operator_summary(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_server_summary summary;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_operator(app, exchange, reader.db);
    if (err == BH_OK)
        err = bh_server_summarize(reader.db, bh_clock_wall_ms(), &summary);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        add_summary(app, &summary, bh_reply_json(exchange, 200));
}

/* ---- settings ---- */

/* "http://" and a name or address that others can reach. */
static bool is_open_http(const char *url)
{
    static const char *const own[] = {"localhost", "127.", "[::1]"};
    const size_t scheme = strlen("http://");
    if (strncmp(url, "http://", scheme) != 0)
        return false;
    for (size_t i = 0; i < BH_COUNT(own); i++) {
        if (strncmp(url + scheme, own[i], strlen(own[i])) == 0)
            return false;
    }
    return true;
}

static bool listens_to_others(const char *address)
{
    return strncmp(address, "127.", 4) != 0 && strncmp(address, "localhost", 9) != 0 &&
           strncmp(address, "[::1]", 5) != 0;
}

static void add_warning(struct bh_buf *out, bool applies, const char *text)
{
    if (!applies)
        return;
    bh_json_add_separator(out);
    bh_json_add_string(out, bh_span_from(text));
}

static void add_warnings(const struct bh_app *app, struct bh_buf *out)
{
    const struct bh_config *config = app->config;
    bool listens = listens_to_others(config->listen);
    add_warning(out, is_open_http(app->base_url),
        "The public URL is http: keys and passwords can be read on their way. Put TLS in front.");
    add_warning(out, listens && !is_open_http(app->base_url) && strncmp(app->base_url, "https", 5) != 0,
        "The server listens on an address that others can reach, without TLS.");
    add_warning(out, config->metrics_listen[0] != 0 && listens_to_others(config->metrics_listen),
        "The metrics can be read without a credential at an address that others can reach "
        "(--metrics-listen).");
    add_warning(out, config->public_agent_creation, "Anyone can create agents (--public-agent-creation).");
    add_warning(out, config->agent_self_permissions,
        "Agents can grant permissions to themselves (--agent-self-permissions).");
    add_warning(out, config->signup == BH_SIGNUP_OPEN, "Anyone can make an account here (--signup open).");
    add_warning(out, config->allow_private_webhooks,
        "Webhooks may go to this machine and to private networks (--allow-private-webhooks).");
    add_warning(
        out, config->auth_rate_limit == 0, "Passwords can be tried without limit (--auth-rate-limit 0).");
    add_warning(out, config->rate_limit == 0, "There is no rate limit (--rate-limit 0).");
    add_warning(out, config->trust_proxy_xff,
        "The caller's address is taken from a header (--trust-proxy-xff): only a proxy may reach the "
        "server.");
    add_warning(out, config->log_metadata,
        "The metadata of requests is stored in the log (--log-metadata): agents may put secrets there.");
    add_warning(out, config->secret_key[0] == 0,
        "The server key lies beside the database: whoever copies the data folder has both.");
    add_warning(out, config->demo, "The server was started with demo data (--demo).");
}

void bh_api_operator_settings(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    const struct bh_config *config = app->config;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_operator(app, exchange, reader.db);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    add_text(body, "publicUrl", app->base_url);
    add_text(body, "listen", config->listen);
    bh_buf_addf(body, ",\"store\":{\"kind\":\"sqlite\",\"state\":\"%s\"}",
        bh_store_ping(app->store) == BH_OK ? "up" : "down");
    bh_buf_add_text(body, ",\"rateLimit\":{\"mode\":\"memory\"");
    add_count(body, "perMinute", config->rate_limit);
    bh_buf_add_text(body, "},\"switches\":{");
    bh_json_add_bool_member(body, "publicAgentCreation", config->public_agent_creation);
    bh_json_add_bool_member(body, "agentSelfPermissions", config->agent_self_permissions);
    bh_json_add_bool_member(body, "allowPrivateWebhooks", config->allow_private_webhooks);
    bh_json_add_bool_member(body, "mail", app->mailer != NULL);
    bh_json_add_bool_member(body, "trustProxyXff", config->trust_proxy_xff);
    bh_json_add_bool_member(body, "demo", config->demo);
    bh_json_add_bool_member(body, "setupToken", config->setup_token[0] != 0);
    bh_buf_add_char(body, '}');
    add_text(body, "signup", bh_config_signup_text(config->signup));
    bh_json_add_bool_member(body, "logMetadata", config->log_metadata);
    add_count(body, "retentionDays", config->retention_days);
    bh_buf_add_text(body, ",\"securityWarnings\":[");
    add_warnings(app, body);
    bh_buf_add_text(body, "]}");
}
