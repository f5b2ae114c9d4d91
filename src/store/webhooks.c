// SPDX-License-Identifier: Apache-2.0
#include "store/webhooks.h"

#include "store/db.h"
#include "store/events.h"

#define COLUMNS                                                                                              \
    "id, account, webhook_id, url, status, disabled_reason, secret_preview, secret, previous_secret, "       \
    "event_mask, previous_until, settled_through, failing_since, last_triggered_at, created_at, "            \
    "updated_at, "                                                                                           \
    "failures, version "
#define SELECT_WEBHOOKS "SELECT " COLUMNS "FROM webhook WHERE status <> 'deleted' AND "

static enum bh_err copy_blob(
    struct bh_stmt *stmt, int column, struct bh_arena *arena, struct bh_span *ret_blob)
{
    return bh_arena_copy(arena, bh_stmt_blob(stmt, column), ret_blob) ? BH_OK : BH_ERR_NO_MEMORY;
}

static enum bh_err read_webhook(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_webhook)
{
    struct bh_webhook_record webhook = {
        .id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .event_mask = bh_stmt_int(stmt, 9),
        .previous_until = bh_stmt_int(stmt, 10),
        .settled_through = bh_stmt_int(stmt, 11),
        .failing_since = bh_stmt_int(stmt, 12),
        .last_triggered_at = bh_stmt_int(stmt, 13),
        .created_at = bh_stmt_int(stmt, 14),
        .updated_at = bh_stmt_int(stmt, 15),
        .failures = bh_stmt_int(stmt, 16),
        .version = bh_stmt_int(stmt, 17),
    };
    struct bh_span *const texts[] = {&webhook.webhook_id, &webhook.url, &webhook.status,
        &webhook.disabled_reason, &webhook.secret_preview};
    enum bh_err err = bh_stmt_copy_texts(stmt, 2, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        err = copy_blob(stmt, 7, arena, &webhook.secret);
    if (err == BH_OK)
        err = copy_blob(stmt, 8, arena, &webhook.previous_secret);
    if (err == BH_OK)
        *(struct bh_webhook_record *)ret_webhook = webhook;
    return err;
}

static enum bh_err read_all(struct bh_stmt *stmt, size_t limit, struct bh_arena *arena,
    struct bh_webhook_record **ret_webhooks, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_webhook_record), read_webhook};
    void *webhooks = NULL;
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &webhooks, ret_count);
    if (err == BH_OK)
        *ret_webhooks = webhooks;
    return err;
}

/* ---- what the account wants ------------------------------------------------------------------------------
 */

enum bh_err bh_outbox_version(struct bh_db *db, int64_t *ret_version)
{
    return bh_stmt_one_int(bh_db_statement(db, "SELECT version FROM outbox_state WHERE id = 1"), ret_version);
}

enum bh_err bh_outbox_touch(struct bh_db *db)
{
    return bh_stmt_run(bh_db_statement(db, "UPDATE outbox_state SET version = version + 1 WHERE id = 1"));
}

/* After every change: what the account wants, and a sign to who delivers. */
static enum bh_err publish(struct bh_db *db, int64_t account)
{
    int64_t mask = 0;
    enum bh_err err;
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT event_mask FROM webhook WHERE account = $1 AND status = 'active'");
    bh_stmt_bind_int(stmt, 1, account);
    while ((err = bh_stmt_step(stmt)) == BH_OK)
        mask |= bh_stmt_int(stmt, 0);
    if (err != BH_ERR_NOT_FOUND)
        return err;
    stmt = bh_db_statement(db, "UPDATE account SET event_mask = $2 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, mask);
    err = bh_stmt_run(stmt);
    return err == BH_OK ? bh_outbox_touch(db) : err;
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

enum bh_err bh_webhook_list(struct bh_db *db, int64_t account, struct bh_arena *arena,
    struct bh_webhook_record **ret_webhooks, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_WEBHOOKS "account = $1 ORDER BY id DESC");
    bh_stmt_bind_int(stmt, 1, account);
    return read_all(stmt, BH_WEBHOOK_MAX, arena, ret_webhooks, ret_count);
}

enum bh_err bh_webhook_list_active(struct bh_db *db, int64_t after, size_t limit, struct bh_arena *arena,
    struct bh_webhook_record **ret_webhooks, size_t *ret_count)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, SELECT_WEBHOOKS "status = 'active' AND id > $1 ORDER BY id LIMIT $2");
    bh_stmt_bind_int(stmt, 1, after);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    return read_all(stmt, limit, arena, ret_webhooks, ret_count);
}

enum bh_err bh_webhook_find(struct bh_db *db, int64_t account, struct bh_span webhook_id,
    struct bh_arena *arena, struct bh_webhook_record *ret_webhook)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_WEBHOOKS "webhook_id = $1 AND account = $2");
    bh_stmt_bind_text(stmt, 1, webhook_id);
    bh_stmt_bind_int(stmt, 2, account);
    enum bh_err err = bh_stmt_read_one(stmt, read_webhook, arena, ret_webhook);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_WEBHOOK_NOT_FOUND : err;
}

/* What a change needs to know of the endpoint. */
struct place {
    int64_t id, event_mask, settled_through, version;
    bool active, given_up; /* given_up: the server disabled it, and what it has not got yet waits */
};

static enum bh_err locate(
    struct bh_db *db, int64_t account, struct bh_span webhook_id, struct place *ret_place)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT id, event_mask, settled_through, version, status = 'active', disabled_reason IS NOT NULL "
        "FROM webhook WHERE webhook_id = $1 AND account = $2 AND status <> 'deleted'");
    bh_stmt_bind_text(stmt, 1, webhook_id);
    bh_stmt_bind_int(stmt, 2, account);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_ERR_WEBHOOK_NOT_FOUND : err;
    *ret_place = (struct place){.id = bh_stmt_int(stmt, 0),
        .event_mask = bh_stmt_int(stmt, 1),
        .settled_through = bh_stmt_int(stmt, 2),
        .version = bh_stmt_int(stmt, 3),
        .active = bh_stmt_int(stmt, 4) != 0,
        .given_up = bh_stmt_int(stmt, 4) == 0 && bh_stmt_int(stmt, 5) != 0};
    bh_stmt_end(stmt);
    return BH_OK;
}

/* ---- changes --------------------------------------------------------------------------------------------
 */

static enum bh_err check_limit(struct bh_db *db, int64_t account)
{
    int64_t count;
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT COUNT(*) FROM webhook WHERE account = $1 AND status <> 'deleted'");
    bh_stmt_bind_int(stmt, 1, account);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    return err == BH_OK && count >= BH_WEBHOOK_MAX ? BH_ERR_WEBHOOK_LIMIT : err;
}

enum bh_err bh_webhook_create(struct bh_db *db, const struct bh_webhook_record *webhook, int64_t *ret_id)
{
    int64_t id;
    int64_t newest;
    enum bh_err err = check_limit(db, webhook->account);
    if (err == BH_OK)
        err = bh_event_newest_id(db, &newest);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO webhook (account, webhook_id, url, event_mask, status, secret, secret_preview, "
        "previous_until, settled_through, failing_since, failures, last_triggered_at, created_at, "
        "updated_at, "
        "version) VALUES ($1, $2, $3, $4, 'active', $5, $6, 0, $7, 0, 0, 0, $8, $8, 1) RETURNING id");
    bh_stmt_bind_int(stmt, 1, webhook->account);
    bh_stmt_bind_text(stmt, 2, webhook->webhook_id);
    bh_stmt_bind_text(stmt, 3, webhook->url);
    bh_stmt_bind_int(stmt, 4, webhook->event_mask);
    bh_stmt_bind_blob(stmt, 5, webhook->secret);
    bh_stmt_bind_text(stmt, 6, webhook->secret_preview);
    bh_stmt_bind_int(stmt, 7, newest);
    bh_stmt_bind_int(stmt, 8, webhook->created_at);
    err = bh_stmt_one_int(stmt, &id);
    if (err == BH_OK)
        err = publish(db, webhook->account);
    if (err == BH_OK)
        *ret_id = id;
    return err;
}

/* The types that are new are wanted from the next event on. */
static enum bh_err note_since(struct bh_db *db, int64_t webhook, int64_t added_mask)
{
    int64_t newest;
    enum bh_err err = bh_event_newest_id(db, &newest);
    for (int type = 0; type < BH_EVENT_TYPES && err == BH_OK; type++) {
        if ((added_mask & bh_event_bit((enum bh_event_type)type)) == 0)
            continue;
        struct bh_stmt *stmt =
            bh_db_statement(db, "INSERT INTO webhook_since (webhook, type, through) VALUES ($1, $2, $3) "
                                "ON CONFLICT (webhook, type) DO UPDATE SET through = excluded.through");
        bh_stmt_bind_int(stmt, 1, webhook);
        bh_stmt_bind_int(stmt, 2, type);
        bh_stmt_bind_int(stmt, 3, newest);
        err = bh_stmt_run(stmt);
    }
    return err;
}

enum bh_err bh_webhook_update(struct bh_db *db, int64_t account, struct bh_span webhook_id,
    int64_t event_mask, struct bh_span url, int64_t now_ms)
{
    struct place place;
    enum bh_err err = locate(db, account, webhook_id, &place);
    if (err == BH_OK)
        err = note_since(db, place.id, event_mask & ~place.event_mask);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE webhook SET url = COALESCE($2, url), event_mask = CASE WHEN $3 = 0 THEN event_mask "
        "ELSE $3 END, updated_at = $4, version = version + 1 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, place.id);
    bh_stmt_bind_text(stmt, 2, url);
    bh_stmt_bind_int(stmt, 3, event_mask);
    bh_stmt_bind_int(stmt, 4, now_ms);
    err = bh_stmt_run(stmt);
    return err == BH_OK ? publish(db, account) : err;
}

enum bh_err bh_webhook_enable(
    struct bh_db *db, int64_t account, struct bh_span webhook_id, int64_t now_ms, bool *ret_changed)
{
    int64_t mark;
    struct place place;
    enum bh_err err = locate(db, account, webhook_id, &place);
    if (err == BH_OK)
        err = bh_event_newest_id(db, &mark);
    if (err != BH_OK)
        return err;
    if (place.active) {
        *ret_changed = false;
        return BH_OK;
    }
    if (place.given_up)
        mark = place.settled_through;
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE webhook SET status = 'active', disabled_reason = NULL, failing_since = 0, failures = 0, "
        "settled_through = $2, updated_at = $3, version = version + 1 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, place.id);
    bh_stmt_bind_int(stmt, 2, mark);
    bh_stmt_bind_int(stmt, 3, now_ms);
    err = bh_stmt_run(stmt);
    if (err == BH_OK)
        err = publish(db, account);
    if (err == BH_OK)
        *ret_changed = true;
    return err;
}

/* Nothing that waits is tried any more: it becomes `dead` or `dropped`. */
static enum bh_err end_waiting(struct bh_db *db, int64_t webhook, const char *status)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE delivery SET status = $2, next_attempt_at = 0 "
                                               "WHERE webhook = $1 AND status = 'pending'");
    bh_stmt_bind_int(stmt, 1, webhook);
    bh_stmt_bind_text(stmt, 2, bh_span_from(status));
    return bh_stmt_run(stmt);
}

/* What waits is dropped; what was not tried yet has no row, so the range of it is kept. */
static enum bh_err drop_waiting(struct bh_db *db, const struct place *place)
{
    int64_t newest;
    enum bh_err err = end_waiting(db, place->id, "dropped");
    if (err == BH_OK)
        err = bh_event_newest_id(db, &newest);
    if (err != BH_OK || newest <= place->settled_through || !(place->active || place->given_up))
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO webhook_skipped (webhook, above, through, event_mask) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (webhook, above) DO UPDATE SET through = excluded.through");
    bh_stmt_bind_int(stmt, 1, place->id);
    bh_stmt_bind_int(stmt, 2, place->settled_through);
    bh_stmt_bind_int(stmt, 3, newest);
    bh_stmt_bind_int(stmt, 4, place->event_mask);
    return bh_stmt_run(stmt);
}

/* `reason` is absent when somebody wants it so. */
static enum bh_err disable(
    struct bh_db *db, int64_t account, const struct place *place, struct bh_span reason, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE webhook SET status = 'disabled', disabled_reason = $2, updated_at = $3, "
                            "version = version + 1 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, place->id);
    bh_stmt_bind_text(stmt, 2, reason);
    bh_stmt_bind_int(stmt, 3, now_ms);
    enum bh_err err = bh_stmt_run(stmt);
    if (err == BH_OK)
        err = bh_span_is_absent(reason) ? drop_waiting(db, place) : end_waiting(db, place->id, "dead");
    return err == BH_OK ? publish(db, account) : err;
}

enum bh_err bh_webhook_disable(
    struct bh_db *db, int64_t account, struct bh_span webhook_id, int64_t now_ms, bool *ret_changed)
{
    struct place place;
    enum bh_err err = locate(db, account, webhook_id, &place);
    bool changes = err == BH_OK && place.active;
    if (changes)
        err = disable(db, account, &place, BH_ABSENT, now_ms);
    if (err == BH_OK)
        *ret_changed = changes;
    return err;
}

enum bh_err bh_webhook_give_up(struct bh_db *db, int64_t account, struct bh_span webhook_id, int64_t version,
    struct bh_span reason, int64_t now_ms, bool *ret_changed)
{
    struct place place;
    enum bh_err err = locate(db, account, webhook_id, &place);
    bool changes = err == BH_OK && place.active && place.version == version;
    if (changes)
        err = disable(db, account, &place, reason, now_ms);
    if (err == BH_OK)
        *ret_changed = changes;
    return err;
}

enum bh_err bh_webhook_rotate(struct bh_db *db, int64_t account, struct bh_span webhook_id,
    struct bh_span sealed_secret, struct bh_span secret_preview, int64_t now_ms)
{
    struct place place;
    enum bh_err err = locate(db, account, webhook_id, &place);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE webhook SET previous_secret = secret, previous_until = $2, secret = $3, secret_preview = $4, "
        "updated_at = $5, version = version + 1 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, place.id);
    bh_stmt_bind_int(stmt, 2, now_ms + BH_WEBHOOK_OVERLAP_MS);
    bh_stmt_bind_blob(stmt, 3, sealed_secret);
    bh_stmt_bind_text(stmt, 4, secret_preview);
    bh_stmt_bind_int(stmt, 5, now_ms);
    err = bh_stmt_run(stmt);
    return err == BH_OK ? bh_outbox_touch(db) : err;
}

enum bh_err bh_webhook_delete(struct bh_db *db, int64_t account, struct bh_span webhook_id, int64_t now_ms)
{
    struct place place;
    enum bh_err err = locate(db, account, webhook_id, &place);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE webhook SET status = 'deleted', secret = $2, previous_secret = NULL, secret_preview = '', "
        "updated_at = $3, version = version + 1 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, place.id);
    bh_stmt_bind_blob(stmt, 2, BH_SPAN(""));
    bh_stmt_bind_int(stmt, 3, now_ms);
    err = bh_stmt_run(stmt);
    if (err == BH_OK)
        err = drop_waiting(db, &place);
    return err == BH_OK ? publish(db, account) : err;
}

/* ---- maintenance ----------------------------------------------------------------------------------------
 */

enum bh_err bh_webhook_forget_secrets(
    struct bh_db *db, int64_t ended_before, size_t limit, size_t *ret_forgotten)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "UPDATE webhook SET previous_secret = NULL, version = version + 1 WHERE id IN (SELECT id "
        "FROM webhook WHERE previous_secret IS NOT NULL AND previous_until < $1 LIMIT $2)");
    bh_stmt_bind_int(stmt, 1, ended_before);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    size_t forgotten = (size_t)bh_db_changes(db);
    if (forgotten > 0)
        err = bh_outbox_touch(db);
    if (err == BH_OK)
        *ret_forgotten = forgotten;
    return err;
}

static enum bh_err purge_since(struct bh_db *db)
{
    return bh_stmt_run(
        bh_db_statement(db, "DELETE FROM webhook_since WHERE webhook NOT IN (SELECT id FROM webhook)"));
}

enum bh_err bh_webhook_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed)
{
    struct bh_stmt *stmt = bh_db_statement(db, "DELETE FROM webhook WHERE id IN (SELECT id FROM webhook "
                                               "WHERE status = 'deleted' AND updated_at < $1 LIMIT $2)");
    bh_stmt_bind_int(stmt, 1, older_than);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_run(stmt);
    if (err != BH_OK)
        return err;
    size_t removed = (size_t)bh_db_changes(db);
    if (removed > 0)
        err = purge_since(db);
    if (err == BH_OK)
        *ret_removed = removed;
    return err;
}
