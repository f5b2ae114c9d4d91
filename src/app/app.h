// SPDX-License-Identifier: Apache-2.0
/*
 * The parts of a running server, as the handlers see them. Built and taken down in one place: app.c.
 */
#ifndef BH_APP_APP_H
#define BH_APP_APP_H

#include "app/config.h"
#include "commit/committer.h"
#include "http/pool.h"
#include "http/ratelimit.h"
#include "http/server.h"
#include "store/store.h"
#include "verify/snapshot.h"

struct bh_approval_streams;
struct bh_log_streams;
struct bh_mailer;
struct bh_deliverer;
struct bh_directories;
struct bh_fetcher;
struct bh_chain_check;
struct bh_checkpoint_cache;
struct bh_maintenance;
struct bh_metrics;
struct bh_scenarios;
struct bh_status;
struct bh_watch;

struct bh_app {
    const struct bh_config *config;
    struct bh_server_key key;
    struct bh_store *store;
    struct bh_committer *committer;
    struct bh_cache *snapshots;                      /* struct bh_snapshot */
    struct bh_cache *sites;                          /* struct bh_site_snapshot */
    struct bh_ratelimit *ratelimit, *auth_ratelimit; /* apart: a flood must not limit sign-ins */
    /* Apart, so that a flood of listings delays neither a revocation nor a look at an agent; nor
     * a flood of sign-ins anything else. */
    struct bh_pool *writers, *readers, *listings, *passwords, *exports;
    struct bh_watch *watch;
    struct bh_log_streams *log_streams;
    struct bh_approval_streams *approval_streams;
    struct bh_maintenance *maintenance;
    struct bh_chain_check *chain_check;
    struct bh_mailer *mailer;    /* NULL: no mail */
    struct bh_sha256 setup_hash; /* of the setup token that was printed */
    bool setup_offered;
    struct bh_deliverer *deliverer;
    struct bh_fetcher *fetcher; /* of the action gateway */
    struct bh_directories *directories;
    struct bh_checkpoint_cache *checkpoints;
    struct bh_status *status;
    struct bh_scenarios *scenarios; /* of the demonstration */
    struct bh_metrics *metrics;
    struct bh_server *metrics_server; /* NULL: no second address for them */
    struct bh_server *server;
    int64_t started_at; /* wall clock */
    char base_url[256]; /* where people and agents reach it, without a final slash */
};

/* Starts all parts. On failure everything is taken down again, and the reason was logged. */
BH_MUST_USE
enum bh_err bh_app_start(const struct bh_config *config, struct bh_app *ret_app);
/* Answers what is in flight, then takes everything down. */
void bh_app_stop(struct bh_app *app);

#endif
