// SPDX-License-Identifier: Apache-2.0
#include "app/webhooks.h"

#include "commit/outbox.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "store/deliveries.h"
#include "webhooks/seal.h"

#define RECORD_MEMORY 65536 /* for one endpoint, read inside the transaction */
#define TEST_LIMIT 1024
#define REPLAY_MOST 10000 /* in one call: the caller does not wait for ever */
#define REPLAY_MS 5000

/* One change on its way through the committer. Which members are used depends on the change. */
struct change {
    struct bh_app *app;
    const struct bh_authority *authority;
    int64_t account;
    struct bh_span id; /* of the endpoint, or of the event */
    struct bh_span url;
    int64_t event_mask;
    struct bh_span sealed, preview;
    int64_t created_at;
    int64_t webhook; /* internal id; 0 = all */
    size_t replayed;
    char *event_id;
};

static struct change change_of(const struct bh_webhook_ref *webhook)
{
    return (struct change){.app = webhook->app,
        .authority = &webhook->authority,
        .account = webhook->authority.account,
        .id = webhook->webhook_id};
}

static enum bh_err commit(
    struct change *change, enum bh_err (*write)(void *argument, const struct bh_commit_context *context))
{
    return bh_committer_run_for(change->app->committer, change->authority, write, NULL, change);
}

/* ---- secrets ---- */

/* A new secret for the endpoint, and what is kept of it. */
struct new_secret {
    char text[BH_WEBHOOK_SECRET_TEXT];
    char preview[BH_WEBHOOK_PREVIEW_TEXT];
    unsigned char sealed[BH_SEALED_MAX];
};

static void make_secret(struct change *change, struct new_secret *secret)
{
    bh_webhook_secret_make(secret->text);
    bh_webhook_secret_preview(secret->text, secret->preview);
    size_t length = bh_seal(&change->app->key, change->id, bh_span_from(secret->text), secret->sealed);
    change->sealed = (struct bh_span){(const char *)secret->sealed, length};
    change->preview = bh_span_from(secret->preview);
}

static void hand_out(struct new_secret *secret, enum bh_err err, char *ret_secret)
{
    for (size_t i = 0; i < sizeof(secret->text) && err == BH_OK; i++)
        ret_secret[i] = secret->text[i];
    bh_wipe(secret, sizeof(*secret));
}

/* ---- endpoints ---- */

static enum bh_err write_new(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    const struct bh_webhook_record webhook = {.account = change->account,
        .webhook_id = change->id,
        .url = change->url,
        .event_mask = change->event_mask,
        .secret = change->sealed,
        .secret_preview = change->preview,
        .created_at = context->now_ms};
    int64_t id;
    return bh_webhook_create(context->db, &webhook, &id);
}

enum bh_err bh_webhooks_create(struct bh_app *app, const struct bh_authority *authority, struct bh_span url,
    int64_t event_mask, char ret_webhook_id[static BH_ID_TEXT],
    char ret_secret[static BH_WEBHOOK_SECRET_TEXT])
{
    struct new_secret secret;
    bh_random_id("wh", ret_webhook_id);
    struct change change = {.app = app,
        .authority = authority,
        .account = authority->account,
        .id = bh_span_from(ret_webhook_id),
        .url = url,
        .event_mask = event_mask};
    make_secret(&change, &secret);
    enum bh_err err = commit(&change, write_new);
    hand_out(&secret, err, ret_secret);
    return err;
}

static enum bh_err write_update(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    return bh_webhook_update(
        context->db, change->account, change->id, change->event_mask, change->url, context->now_ms);
}

enum bh_err bh_webhooks_update(const struct bh_webhook_ref *webhook, struct bh_span url, int64_t event_mask)
{
    struct change change = change_of(webhook);
    change.url = url;
    change.event_mask = event_mask;
    return commit(&change, write_update);
}

static enum bh_err write_enable(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    bool changed;
    return bh_webhook_enable(context->db, change->account, change->id, context->now_ms, &changed);
}

enum bh_err bh_webhooks_enable(const struct bh_webhook_ref *webhook)
{
    struct change change = change_of(webhook);
    return commit(&change, write_enable);
}

static enum bh_err write_disable(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    bool changed;
    return bh_webhook_disable(context->db, change->account, change->id, context->now_ms, &changed);
}

enum bh_err bh_webhooks_disable(const struct bh_webhook_ref *webhook)
{
    struct change change = change_of(webhook);
    return commit(&change, write_disable);
}

static enum bh_err write_rotation(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    change->created_at = context->now_ms;
    return bh_webhook_rotate(
        context->db, change->account, change->id, change->sealed, change->preview, context->now_ms);
}

enum bh_err bh_webhooks_rotate(const struct bh_webhook_ref *webhook,
    char ret_secret[static BH_WEBHOOK_SECRET_TEXT], int64_t *ret_previous_until)
{
    struct new_secret secret;
    struct change change = change_of(webhook);
    make_secret(&change, &secret);
    enum bh_err err = commit(&change, write_rotation);
    hand_out(&secret, err, ret_secret);
    if (err == BH_OK)
        *ret_previous_until = change.created_at + BH_WEBHOOK_OVERLAP_MS;
    return err;
}

static enum bh_err write_removal(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    return bh_webhook_delete(context->db, change->account, change->id, context->now_ms);
}

enum bh_err bh_webhooks_delete(const struct bh_webhook_ref *webhook)
{
    struct change change = change_of(webhook);
    return commit(&change, write_removal);
}

/* ---- tests ---- */

static enum bh_err add_test_event(
    const struct change *change, const struct bh_commit_context *context, int64_t webhook)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf data = {0};
    bh_buf_init(&data, TEST_LIMIT);
    bh_buf_add_char(&data, '{');
    bh_json_add_text_member(&data, "webhookId", change->id);
    bh_json_add_text_member(&data, "message", BH_SPAN("A test of this endpoint. Nothing has happened."));
    bh_buf_add_char(&data, '}');
    if (data.failed)
        return BH_ERR_NO_MEMORY;
    return bh_outbox_add_for(
        context, change->account, webhook, BH_EVENT_WEBHOOK_TEST, bh_buf_span(&data), change->event_id);
}

static enum bh_err write_test(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    struct bh_webhook_record webhook;
    bh_arena_init(&arena, 4096, RECORD_MEMORY);
    enum bh_err err = bh_webhook_find(context->db, change->account, change->id, &arena, &webhook);
    if (err == BH_OK && !bh_span_equal(webhook.status, BH_SPAN("active")))
        err = BH_ERR_WEBHOOK_NOT_ACTIVE;
    return err == BH_OK ? add_test_event(change, context, webhook.id) : err;
}

enum bh_err bh_webhooks_test(const struct bh_webhook_ref *webhook, char ret_event_id[static BH_ID_TEXT])
{
    struct change change = change_of(webhook);
    change.event_id = ret_event_id;
    return commit(&change, write_test);
}

/* ---- replays ---- */

static enum bh_err write_replay(void *argument, const struct bh_commit_context *context)
{
    const struct change *change = argument;
    return bh_delivery_replay(context->db, change->account, change->id, context->now_ms);
}

enum bh_err bh_webhooks_replay_event(
    struct bh_app *app, const struct bh_authority *authority, struct bh_span event_id)
{
    struct change change = {.app = app,
        .authority = authority,
        .account = authority == NULL ? 0 : authority->account,
        .id = event_id};
    return commit(&change, write_replay);
}

static enum bh_err write_replays(void *argument, const struct bh_commit_context *context)
{
    struct change *change = argument;
    change->replayed = 0;
    return bh_delivery_replay_all(context->db, change->account, change->webhook, BH_DELIVERY_REPLAY_MAX,
        context->now_ms, &change->replayed);
}

enum bh_err bh_webhooks_replay_all(struct bh_app *app, const struct bh_authority *authority, int64_t webhook,
    int64_t *ret_replayed, bool *ret_more)
{
    struct change change = {
        .app = app, .authority = authority, .account = authority->account, .webhook = webhook};
    int64_t replayed = 0;
    int64_t until = bh_clock_steady_ms() + REPLAY_MS;
    bool more;
    enum bh_err err;
    do {
        err = commit(&change, write_replays);
        replayed += (int64_t)change.replayed;
        more = change.replayed >= BH_DELIVERY_REPLAY_MAX;
    } while (err == BH_OK && more && replayed < REPLAY_MOST && bh_clock_steady_ms() < until);
    if (err != BH_OK)
        return err;
    *ret_replayed = replayed;
    *ret_more = more;
    return BH_OK;
}
