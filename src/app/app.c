// SPDX-License-Identifier: Apache-2.0
#include "app/app.h"

#include <stdio.h>
#include <string.h>

#include "app/bootstrap.h"
#include "app/demo.h"
#include "app/maintenance.h"
#include "http/route.h"
#include "store/request_id.h"

#define POOL_THREADS 4
#define POOL_QUEUE 4096
#define RATE_SLOTS 65536
#define STOP_GRACE_MS 10000
#define BUSY_TIMEOUT_MS 5000

static enum bh_err open_store(const struct bh_config *config, struct bh_app *app)
{
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
    app->snapshots = bh_snapshot_cache_create((size_t)config->snapshot_capacity);
    app->ratelimit = bh_ratelimit_create(RATE_SLOTS);
    app->pool = bh_pool_create(POOL_THREADS, POOL_QUEUE);
    if (app->snapshots == NULL || app->ratelimit == NULL || app->pool == NULL)
        return BH_ERR_NO_MEMORY;
    return bh_committer_start(app->store, &app->key, &app->committer);
}

static enum bh_err make_first_account(void *argument, const struct bh_commit_context *context)
{
    (void)argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 1024, 65536);
    struct bh_account_record account;
    bool created;
    return bh_bootstrap_account(context->db, context->now_ms, &arena, &account, &created);
}

/* Where callers find this server; 0.0.0.0 is an address to listen on, not one to call. */
static void set_base_url(struct bh_app *app, const char *address)
{
    static const char any[] = "0.0.0.0:";
    if (app->config->public_url[0] != 0) {
        snprintf(app->base_url, sizeof(app->base_url), "%s", app->config->public_url);
        for (size_t end = strlen(app->base_url); end > 0 && app->base_url[end - 1] == '/'; end--)
            app->base_url[end - 1] = 0;
    } else if (strncmp(address, any, strlen(any)) == 0) {
        snprintf(app->base_url, sizeof(app->base_url), "http://127.0.0.1:%s", address + strlen(any));
    } else {
        snprintf(app->base_url, sizeof(app->base_url), "http://%s", address);
    }
}

static enum bh_err listen_for_callers(struct bh_app *app)
{
    const struct bh_config *config = app->config;
    const struct bh_server_options options = {.listen = config->listen,
        .threads = (unsigned)config->threads,
        .max_connections = (unsigned)config->max_connections,
        .max_connections_per_address = (unsigned)config->max_connections_per_address,
        .idle_timeout_s = (unsigned)config->idle_timeout_s,
        .header_timeout_s = (unsigned)config->header_timeout_s,
        .body_timeout_s = (unsigned)config->body_timeout_s,
        .answer_timeout_s = (unsigned)config->answer_timeout_s,
        .handle = bh_route_handle,
        .refuse = bh_route_refuse,
        .context = app};
    const char *message = NULL;
    enum bh_err err = bh_server_start(&options, &app->server, &message);
    if (err != BH_OK) {
        bh_log(BH_LOG_ERROR, "cannot listen", "address", config->listen, "reason", message, NULL);
        return err;
    }
    set_base_url(app, bh_server_address(app->server));
    bh_log(BH_LOG_INFO, "listening", "url", app->base_url, "data", config->data_dir, NULL);
    return BH_OK;
}

/* With a port of its own choosing the address is known only once the server listens. */
static bool chooses_port(const struct bh_config *config)
{
    const char *colon = strrchr(config->listen, ':');
    return colon != NULL && strcmp(colon, ":0") == 0;
}

static enum bh_err start_parts(const struct bh_config *config, struct bh_app *app)
{
    struct bh_demo demo = {0};
    enum bh_err err = open_store(config, app);
    if (err == BH_OK)
        err = create_parts(config, app);
    if (err == BH_OK)
        err = bh_committer_run(app->committer, make_first_account, NULL, NULL);
    if (err == BH_OK && config->demo) {
        err = bh_demo_create(app, &demo);
        if (err == BH_OK && !demo.created)
            bh_log(
                BH_LOG_INFO, "the database is not empty: no demo data made", "data", config->data_dir, NULL);
    }
    if (err == BH_OK && !chooses_port(config)) {
        set_base_url(app, config->listen);
        err = bh_demo_announce(app, &demo);
    }
    if (err == BH_OK)
        err = bh_maintenance_start(app, &app->maintenance);
    if (err == BH_OK)
        err = listen_for_callers(app);
    if (err == BH_OK)
        err = bh_demo_announce(app, &demo);
    return err;
}

enum bh_err bh_app_start(const struct bh_config *config, struct bh_app *ret_app)
{
    *ret_app = (struct bh_app){.config = config};
    enum bh_err err = start_parts(config, ret_app);
    if (err == BH_OK)
        return BH_OK;
    bh_log(BH_LOG_ERROR, "cannot start", "data", config->data_dir, "reason", bh_err_info(err)->text, NULL);
    bh_app_stop(ret_app);
    return err;
}

/* In the order in which work flows: first who brings it, last who stores it. */
void bh_app_stop(struct bh_app *app)
{
    bh_server_stop(app->server, STOP_GRACE_MS);
    bh_pool_destroy(app->pool);
    bh_maintenance_stop(app->maintenance);
    bh_committer_stop(app->committer);
    bh_snapshot_cache_destroy(app->snapshots);
    bh_ratelimit_destroy(app->ratelimit);
    bh_store_close(app->store);
    bh_wipe(&app->key, sizeof(app->key));
    *app = (struct bh_app){0};
}
