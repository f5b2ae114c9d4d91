// SPDX-License-Identifier: Apache-2.0
#include "app/mailer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/smtp.h"
#include "lib/clock.h"
#include "lib/email.h"
#include "store/reader.h"

#define TEXT_LIMIT 4096
#define ARENA_LIMIT 65536

struct item {
    enum bh_mail_purpose purpose;
    char email[BH_EMAIL_TEXT];
};

struct bh_mailer {
    struct bh_app *app;
    struct bh_smtp smtp;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct item items[BH_MAIL_QUEUE];
    size_t first, count;
    atomic_bool stopping;
};

/* ---- what is sent ---- */

struct wording {
    const char *subject, *path, *before, *after;
};

static const struct wording wordings[] = {
    [BH_MAIL_RESET] = {"Reset your BehalfID password", "/reset-password",
        "Somebody, probably you, asked for a new password for your account at\n",
        "The link works once, within 60 minutes. A new password also ends all your sessions and\n"
        "deletes your developer tokens and open invitations.\n\n"
        "If you did not ask for it, ignore this mail: your password stays as it is.\n"},
    [BH_MAIL_VERIFY] = {"Verify your email for BehalfID", "/verify-email",
        "Somebody, probably you, made an account with this address at\n",
        "The link works once, within 24 hours. If it was not you, ignore this mail.\n"},
};

/* The token stands behind a "#": browsers do not send that, so it gets into nobody's log. */
static void send_link(
    struct bh_mailer *mailer, const struct wording *wording, const char *email, const char *secret)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    const char *reason = "out of memory";
    bh_buf_init(&text, TEXT_LIMIT);
    bh_buf_addf(&text, "Hello,\n\n%s%s\n\nOpen this link to go on:\n\n%s%s#token=%s\n\n%s", wording->before,
        mailer->app->base_url, mailer->app->base_url, wording->path, secret, wording->after);
    bh_buf_add_char(&text, 0);
    enum bh_err err = text.failed ? BH_ERR_NO_MEMORY
                                  : bh_smtp_send(&mailer->smtp, email, wording->subject, text.data,
                                        bh_clock_wall_ms(), &reason);
    bh_wipe(text.data, text.len);
    if (err == BH_OK)
        bh_log(BH_LOG_INFO, "a mail was sent", "subject", wording->subject, NULL);
    else if (!atomic_load(&mailer->stopping))
        bh_log(BH_LOG_WARN, "a mail could not be sent", "subject", wording->subject, "reason", reason, NULL);
}

/* ---- for whom ---- */

struct link {
    int64_t person;
    enum bh_mail_purpose purpose;
    char secret[BH_SECRET_TEXT];
};

static enum bh_err write_link(void *argument, const struct bh_commit_context *context)
{
    struct link *link = argument;
    return bh_accounts_add_link(context->db, link->person, link->purpose, context->now_ms, link->secret);
}

static enum bh_err find_person(struct bh_mailer *mailer, const struct item *item, int64_t *ret_person)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_person_record person;
    bh_arena_init(&arena, 1024, ARENA_LIMIT);
    enum bh_err err = bh_reader_open(mailer->app->store, &reader);
    if (err == BH_OK)
        err = bh_person_find_by_email(reader.db, bh_span_from(item->email), &arena, &person);
    if (err == BH_OK && item->purpose == BH_MAIL_VERIFY && person.email_verified)
        err = BH_ERR_NOT_FOUND;
    if (err == BH_OK)
        *ret_person = person.id;
    return err;
}

static void handle(struct bh_mailer *mailer, const struct item *item)
{
    struct link link = {.purpose = item->purpose};
    enum bh_err err = find_person(mailer, item, &link.person);
    if (err == BH_OK)
        err = bh_committer_run(mailer->app->committer, write_link, NULL, &link);
    if (err == BH_OK)
        send_link(mailer, &wordings[item->purpose], item->email, link.secret);
    else if (err != BH_ERR_NOT_FOUND)
        bh_log(BH_LOG_WARN, "a link for a mail could not be made", "error", bh_err_info(err)->name, NULL);
    bh_wipe(&link, sizeof(link));
}

/* ---- the thread ---- */

/* False when it is time to end. */
static bool take(struct bh_mailer *mailer, struct item *ret_item)
{
    pthread_mutex_lock(&mailer->lock);
    while (mailer->count == 0 && !atomic_load(&mailer->stopping))
        pthread_cond_wait(&mailer->wake, &mailer->lock);
    bool go_on = !atomic_load(&mailer->stopping);
    if (go_on) {
        *ret_item = mailer->items[mailer->first];
        mailer->first = (mailer->first + 1) % BH_MAIL_QUEUE;
        mailer->count--;
    }
    pthread_mutex_unlock(&mailer->lock);
    return go_on;
}

static void *run(void *argument)
{
    struct bh_mailer *mailer = argument;
    struct item item;
    while (take(mailer, &item))
        handle(mailer, &item);
    return NULL;
}

enum bh_err bh_mailer_start(struct bh_app *app, struct bh_mailer **ret_mailer)
{
    struct bh_mailer *mailer = calloc(1, sizeof(*mailer));
    if (mailer == NULL)
        return BH_ERR_NO_MEMORY;
    mailer->app = app;
    mailer->smtp = (struct bh_smtp){app->config->smtp_url, app->config->smtp_from, &mailer->stopping};
    pthread_mutex_init(&mailer->lock, NULL);
    pthread_cond_init(&mailer->wake, NULL);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(mailer);
        return BH_ERR_NO_MEMORY;
    }
    if (pthread_create(&mailer->thread, NULL, run, mailer) != 0) {
        curl_global_cleanup();
        free(mailer);
        return BH_ERR_THREADS;
    }
    *ret_mailer = mailer;
    return BH_OK;
}

void bh_mailer_stop(struct bh_mailer *mailer)
{
    if (mailer == NULL)
        return;
    pthread_mutex_lock(&mailer->lock);
    atomic_store(&mailer->stopping, true);
    pthread_cond_signal(&mailer->wake);
    pthread_mutex_unlock(&mailer->lock);
    pthread_join(mailer->thread, NULL);
    if (mailer->count > 0)
        bh_log(BH_LOG_WARN, "mails that waited were not sent", NULL);
    pthread_cond_destroy(&mailer->wake);
    pthread_mutex_destroy(&mailer->lock);
    curl_global_cleanup();
    free(mailer);
}

void bh_mailer_request(struct bh_mailer *mailer, enum bh_mail_purpose purpose, const char *email)
{
    if (mailer == NULL) {
        bh_log(BH_LOG_INFO, "a mail was asked for, but no SMTP server is configured", NULL);
        return;
    }
    pthread_mutex_lock(&mailer->lock);
    bool queued = mailer->count < BH_MAIL_QUEUE;
    if (queued) {
        struct item *item = &mailer->items[(mailer->first + mailer->count++) % BH_MAIL_QUEUE];
        item->purpose = purpose;
        snprintf(item->email, sizeof(item->email), "%s", email);
        pthread_cond_signal(&mailer->wake);
    }
    pthread_mutex_unlock(&mailer->lock);
    if (!queued)
        bh_log(BH_LOG_WARN, "too many mails wait: one was dropped", NULL);
}
