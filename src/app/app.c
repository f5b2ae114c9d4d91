// SPDX-License-Identifier: Apache-2.0
#include "app/app.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/bootstrap.h"
#include "app/chain_check.h"
#include "app/demo.h"
#include "app/mailer.h"
#include "app/maintenance.h"
#include "app/watch.h"
#include "app/setup.h"
#include "gateway/fetch.h"
#include "guard/directories.h"
#include "http/approval_streams.h"
#include "http/checkpoint_cache.h"
#include "http/listen.h"
#include "http/log_streams.h"
#include "http/metrics.h"
#include "http/present.h"
#include "http/route.h"
#include "http/scenarios.h"
#include "http/status.h"
#include "lib/clock.h"
#include "store/replace.h"
#include "store/request_id.h"
#include "webhooks/deliver.h"

#define WRITER_THREADS 4
#define READER_THREADS 2
#define LISTING_THREADS 2
#define POOL_QUEUE 4096
#define LISTING_QUEUE 64
#define PASSWORD_THREADS 1 /* each hash takes tens of milliseconds of a core, and 16 MB */
#define PASSWORD_QUEUE 64
#define EXPORT_THREADS 4
#define EXPORT_QUEUE 8
#define RATE_SLOTS 65536
#define SITE_SNAPSHOTS 4096 /* keys of guarded sites whose rules are held in memory */
#define STOP_GRACE_MS 10000
#define METRICS_GRACE_MS 1000
#define DELIVER_GRACE_MS 3000 /* what is cut off is sent again after the next start */
#define BUSY_TIMEOUT_MS 5000

static enum bh_err open_store(const struct bh_config *config, struct bh_app *app)
{
    bh_replace_resume(config->data_dir);
    enum bh_err err = bh_server_key_load(config->data_dir, config->secret_key, &app->key);
    if (err != BH_OK)
        return err;
    bh_request_id_setup(&app->key);
    const struct bh_store_options options = {
        .data_dir = config->data_dir, .key = &app->key, .serve = true, .busy_timeout_ms = BUSY_TIMEOUT_MS};
    return bh_store_open(&options, &app->store);
}

static enum bh_err create_parts(const struct bh_config *config, struct bh_app *app)
{
    app->snapshots = bh_cache_create((size_t)config->snapshot_capacity);
    app->sites = bh_cache_create(SITE_SNAPSHOTS);
    app->ratelimit = bh_ratelimit_create(RATE_SLOTS);
    app->auth_ratelimit = bh_ratelimit_create(RATE_SLOTS);
    app->checkpoints = bh_checkpoint_cache_create(&app->key);
    app->status = bh_status_create();
    app->metrics = bh_metrics_create();
    app->chain_check = bh_chain_check_create(app->store, &app->key);
    if (app->snapshots == NULL || app->sites == NULL || app->ratelimit == NULL ||
        app->auth_ratelimit == NULL || app->checkpoints == NULL || app->status == NULL ||
        app->metrics == NULL || app->chain_check == NULL)
        return BH_ERR_NO_MEMORY;
    enum bh_err err = bh_scenarios_create(&app->scenarios);
    if (err != BH_OK)
        return err;
    app->writers = bh_pool_create(WRITER_THREADS, POOL_QUEUE);
    app->readers = bh_pool_create(READER_THREADS, POOL_QUEUE);
    app->listings = bh_pool_create(LISTING_THREADS, LISTING_QUEUE);
    app->passwords = bh_pool_create(PASSWORD_THREADS, PASSWORD_QUEUE);
    app->exports = bh_pool_create(EXPORT_THREADS, EXPORT_QUEUE);
    if (app->writers == NULL || app->readers == NULL || app->listings == NULL || app->passwords == NULL ||
        app->exports == NULL)
        return BH_ERR_THREADS;
    return bh_committer_start(app->store, &app->key, &app->committer);
}

/* The first account; and the address, for commands that work on the data folder and make links. */
static enum bh_err prepare_store(void *argument, const struct bh_commit_context *context)
{
    const struct bh_app *app = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 1024, 65536);
    struct bh_account_record account;
    bool created;
    enum bh_err err = bh_bootstrap_account(context->db, context->now_ms, &arena, &account, &created);
    return err == BH_OK ? bh_public_url_note(context->db, bh_span_from(app->base_url)) : err;
}

/* The port of an address that stands for all of this machine's; NULL for another. */
static const char *port_of_any(const char *address)
{
    static const char *const any[] = {"0.0.0.0:", "[::]:"};
    for (size_t i = 0; i < BH_COUNT(any); i++) {
        if (strncmp(address, any[i], strlen(any[i])) == 0)
            return address + strlen(any[i]);
    }
    return NULL;
}

/* Where callers find this server; 0.0.0.0 and [::] (which takes IPv4 too) cannot be called. */
static void set_base_url(struct bh_app *app, const char *address)
{
    const char *port = port_of_any(address);
    if (app->config->public_url[0] != 0) {
        snprintf(app->base_url, sizeof(app->base_url), "%s", app->config->public_url);
        for (size_t end = strlen(app->base_url); end > 0 && app->base_url[end - 1] == '/'; end--)
            app->base_url[end - 1] = 0;
    } else if (port != NULL) {
        snprintf(app->base_url, sizeof(app->base_url), "http://127.0.0.1:%s", port);
    } else {
        snprintf(app->base_url, sizeof(app->base_url), "http://%s", address);
    }
}

/* Takes the socket over, also on failure. */
static enum bh_err answer_callers_take(struct bh_app *app, int fd)
{
    const struct bh_config *config = app->config;
    const struct bh_server_options options = {.threads = (unsigned)config->threads,
        .max_connections = (unsigned)config->max_connections,
        .max_connections_per_address = (unsigned)config->max_connections_per_address,
        .idle_timeout_s = (unsigned)config->idle_timeout_s,
        .header_timeout_s = (unsigned)config->header_timeout_s,
        .body_timeout_s = (unsigned)config->body_timeout_s,
        .answer_timeout_s = (unsigned)config->answer_timeout_s,
        .handle = bh_route_handle,
        .refuse = bh_route_refuse,
        .context = app};
    return bh_server_start_take(fd, &options, &app->server);
}

static enum bh_err start_deliverer(struct bh_app *app)
{
    const struct bh_config *config = app->config;
    const struct bh_deliverer_options options = {.store = app->store,
        .committer = app->committer,
        .key = &app->key,
        .pepper = bh_span_from(config->webhook_signing_pepper),
        .reach = {.allow_private = config->allow_private_webhooks, .refused = &config->refused_networks},
        .ca_file = config->webhook_ca_file[0] == 0 ? NULL : config->webhook_ca_file};
    return bh_deliverer_start(&options, &app->deliverer);
}

static enum bh_err start_fetcher(struct bh_app *app)
{
    const struct bh_config *config = app->config;
    const struct bh_fetcher_options options = {.urls = config->gateway_urls,
        .refused = &config->refused_networks,
        .ca_file = config->gateway_ca_file[0] == 0 ? NULL : config->gateway_ca_file};
    return bh_fetcher_start(&options, &app->fetcher);
}

static enum bh_err start_parts(const struct bh_config *config, struct bh_app *app)
{
    enum bh_err err = open_store(config, app);
    bh_present_executions_since(bh_clock_wall_ms());
    if (err == BH_OK)
        err = create_parts(config, app);
    if (err == BH_OK)
        err = bh_committer_run(app->committer, prepare_store, NULL, app);
    if (err == BH_OK && config->demo)
        err = bh_demo_run(app);
    if (err == BH_OK)
        err = bh_setup_offer(app);
    if (err == BH_OK && config->smtp_url[0] != 0)
        err = bh_mailer_start(app, &app->mailer);
    if (err == BH_OK)
        err = bh_maintenance_start(app, &app->maintenance);
    if (err == BH_OK)
        err = bh_chain_check_start(app->chain_check);
    if (err == BH_OK)
        err = bh_watch_start(app, &app->watch);
    if (err == BH_OK)
        err = bh_log_streams_create(app, &app->log_streams);
    if (err == BH_OK)
        err = bh_approval_streams_create(app, &app->approval_streams);
    if (err == BH_OK)
        err = start_deliverer(app);
    if (err == BH_OK)
        err = start_fetcher(app);
    if (err == BH_OK)
        err = bh_directories_start(app, &app->directories);
    return err;
}

struct addresses {
    int fd, metrics_fd; /* -1 = none */
    char text[BH_LISTEN_TEXT], metrics_text[BH_LISTEN_TEXT];
};

static enum bh_err open_address(const char *address, int *ret_fd, char ret_text[static BH_LISTEN_TEXT])
{
    const char *message = NULL;
    enum bh_err err = bh_listen_open(address, ret_fd, ret_text, &message);
    if (err != BH_OK)
        bh_log(BH_LOG_ERROR, "cannot listen", "address", address, "reason", message, NULL);
    return err;
}

static enum bh_err open_addresses(const struct bh_config *config, struct addresses *addresses)
{
    *addresses = (struct addresses){.fd = -1, .metrics_fd = -1};
    enum bh_err err = open_address(config->listen, &addresses->fd, addresses->text);
    if (err == BH_OK && config->metrics_listen[0] != 0) {
        err = open_address(config->metrics_listen, &addresses->metrics_fd, addresses->metrics_text);
        if (err != BH_OK)
            close(addresses->fd);
    }
    return err;
}

/* Takes the sockets over, also on failure. */
static enum bh_err answer_all_take(struct bh_app *app, const struct addresses *addresses)
{
    enum bh_err err = answer_callers_take(app, addresses->fd);
    if (addresses->metrics_fd < 0)
        return err;
    if (err == BH_OK)
        return bh_metrics_serve_take(app, addresses->metrics_fd, &app->metrics_server);
    close(addresses->metrics_fd);
    return err;
}

static void close_addresses(const struct addresses *addresses)
{
    close(addresses->fd);
    if (addresses->metrics_fd >= 0)
        close(addresses->metrics_fd);
}

static void tell_listening(const struct bh_app *app, const struct addresses *addresses)
{
    bh_log(BH_LOG_INFO, "listening", "url", app->base_url, "data", app->config->data_dir, NULL);
    if (addresses->metrics_fd >= 0)
        bh_log(BH_LOG_INFO, "listening for metrics", "address", addresses->metrics_text, NULL);
}

/*
 * The addresses come first: without them nothing is made. Callers that come before everything else has
 * started wait in the sockets' backlogs.
 */
enum bh_err bh_app_start(const struct bh_config *config, struct bh_app *ret_app)
{
    struct addresses addresses;
    *ret_app = (struct bh_app){.config = config, .started_at = bh_clock_wall_ms()};
    enum bh_err err = open_addresses(config, &addresses);
    if (err != BH_OK)
        return err;
    set_base_url(ret_app, addresses.text);
    err = start_parts(config, ret_app);
    if (err == BH_OK)
        err = answer_all_take(ret_app, &addresses);
    else
        close_addresses(&addresses);
    if (err == BH_OK) {
        tell_listening(ret_app, &addresses);
        return BH_OK;
    }
    const struct bh_err_info *info = bh_err_info(err);
    const char *hint =
        err == BH_ERR_IO ? "The data folder must be one that this user can read and write." : info->hint;
    bh_log(BH_LOG_ERROR, "cannot start", "data", config->data_dir, "reason", info->text,
        hint[0] == 0 ? NULL : "hint", hint, NULL);
    bh_app_stop(ret_app);
    return err;
}

/* In the order in which work flows: first who brings it, last who stores it. */
void bh_app_stop(struct bh_app *app)
{
    bh_watch_stop(app->watch);             /* who waits is answered, and event streams end */
    bh_directories_stop(app->directories); /* what is cut off has not failed */
    bh_fetcher_stop(app->fetcher);         /* what was cut off is still recorded, and told */
    bh_server_stop(app->metrics_server, METRICS_GRACE_MS);
    bh_server_stop(app->server, STOP_GRACE_MS);
    bh_pool_destroy(app->writers);
    bh_pool_destroy(app->readers);
    bh_pool_destroy(app->listings);
    bh_pool_destroy(app->passwords);
    bh_pool_destroy(app->exports);
    bh_mailer_stop(app->mailer);
    bh_maintenance_stop(app->maintenance);
    bh_chain_check_destroy(app->chain_check);
    bh_directories_destroy(app->directories);
    bh_deliverer_stop(app->deliverer, DELIVER_GRACE_MS);
    bh_committer_stop(app->committer);
    bh_log_streams_destroy(app->log_streams);
    bh_approval_streams_destroy(app->approval_streams);
    bh_watch_destroy(app->watch);
    bh_deliverer_destroy(app->deliverer);
    bh_fetcher_destroy(app->fetcher);
    bh_cache_destroy(app->snapshots);
    bh_cache_destroy(app->sites);
    bh_checkpoint_cache_destroy(app->checkpoints);
    bh_status_destroy(app->status);
    bh_metrics_destroy(app->metrics);
    bh_scenarios_destroy(app->scenarios);
    bh_ratelimit_destroy(app->ratelimit);
    bh_ratelimit_destroy(app->auth_ratelimit);
    bh_store_close(app->store);
    bh_wipe(&app->key, sizeof(app->key));
    *app = (struct bh_app){0};
}
