// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/audit_state.h"
#include "store/data_dir.h"
#include "store/db.h"
#include "store/migrate.h"

#define READERS 64

struct bh_store {
    char path[BH_DATA_PATH];
    int busy_timeout_ms;
    int server_lock; /* -1 = not held */
    struct bh_db *writer;
    pthread_mutex_t lock;
    struct bh_db *idle[READERS]; /* opened and not borrowed */
    size_t idle_count;
    size_t reader_count; /* idle and borrowed */
};

/* A new database notes which key it was made with; every later opening compares. */
static enum bh_err claim(struct bh_db *db, const struct bh_server_key *key, const struct bh_sha256 *check)
{
    enum bh_err err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt = bh_db_statement(db, "INSERT INTO meta (id, key_check) VALUES (1, $1)");
    bh_stmt_bind_sha256(stmt, 1, check);
    err = bh_stmt_run(stmt);
    if (err == BH_OK)
        err = bh_audit_state_create(db, key);
    if (err == BH_OK)
        return bh_db_commit(db);
    bh_db_rollback(db);
    return err;
}

static enum bh_err check_key(struct bh_db *db, const struct bh_server_key *key)
{
    struct bh_sha256 check = bh_server_key_derive(key, "database-check");
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT key_check FROM meta WHERE id = 1");
    enum bh_err err = bh_stmt_step(stmt);
    if (err == BH_ERR_NOT_FOUND)
        return claim(db, key, &check);
    if (err != BH_OK)
        return err;
    bool same = bh_equal_constant_time(bh_stmt_blob(stmt, 0), bh_sha256_span(&check));
    bh_stmt_end(stmt);
    return same ? BH_OK : BH_ERR_SECRET_KEY;
}

static enum bh_err open_writer(struct bh_store *store, const struct bh_server_key *key)
{
    enum bh_err err = bh_data_dir_make_database(store->path);
    if (err == BH_OK)
        err = bh_db_open(store->path, false, store->busy_timeout_ms, &store->writer);
    if (err == BH_OK)
        err = bh_db_enable_wal(store->writer);
    if (err == BH_OK)
        err = bh_migrate(store->writer, bh_migrations, bh_migration_count);
    if (err == BH_OK)
        err = check_key(store->writer, key);
    return err == BH_OK ? bh_db_run_triggers(store->writer) : err;
}

static enum bh_err open_all(struct bh_store *store, const struct bh_store_options *options)
{
    int opening_lock;
    enum bh_err err = bh_data_dir_make(options->data_dir);
    if (err == BH_OK)
        err = bh_data_dir_path(options->data_dir, "behalf.db", store->path);
    if (err == BH_OK && options->serve)
        err = bh_data_dir_lock_server(options->data_dir, &store->server_lock);
    if (err == BH_OK)
        err = bh_data_dir_lock_opening(options->data_dir, &opening_lock);
    if (err != BH_OK)
        return err;
    err = open_writer(store, options->key);
    if (err == BH_OK)
        err = bh_data_dir_sync(options->data_dir); /* the new file's name must survive a power loss too */
    close(opening_lock);
    return err;
}

enum bh_err bh_store_open(const struct bh_store_options *options, struct bh_store **ret_store)
{
    struct bh_store *store = calloc(1, sizeof(*store));
    if (store == NULL)
        return BH_ERR_NO_MEMORY;
    pthread_mutex_init(&store->lock, NULL);
    store->server_lock = -1;
    store->busy_timeout_ms = options->busy_timeout_ms;
    enum bh_err err = open_all(store, options);
    if (err != BH_OK) {
        bh_store_close(store);
        return err;
    }
    *ret_store = store;
    return BH_OK;
}

void bh_store_close(struct bh_store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < store->idle_count; i++)
        bh_db_close(store->idle[i]);
    bh_db_close(store->writer); /* last: the last connection empties the write-ahead log */
    if (store->server_lock >= 0)
        close(store->server_lock);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

struct bh_db *bh_store_writer(struct bh_store *store)
{
    return store->writer;
}

/* An idle reader, or the right to open one more; false when all are borrowed. */
static bool take_idle(struct bh_store *store, struct bh_db **ret_reader)
{
    bool taken = true;
    pthread_mutex_lock(&store->lock);
    *ret_reader = NULL;
    if (store->idle_count > 0)
        *ret_reader = store->idle[--store->idle_count];
    else if (store->reader_count < READERS)
        store->reader_count++;
    else
        taken = false;
    pthread_mutex_unlock(&store->lock);
    return taken;
}

static void give_up_slot(struct bh_store *store)
{
    pthread_mutex_lock(&store->lock);
    store->reader_count--;
    pthread_mutex_unlock(&store->lock);
}

enum bh_err bh_store_reader_borrow(struct bh_store *store, struct bh_db **ret_reader)
{
    struct bh_db *reader;
    if (!take_idle(store, &reader))
        return BH_ERR_STORE_BUSY;
    enum bh_err err = BH_OK;
    if (reader == NULL)
        err = bh_db_open(store->path, true, store->busy_timeout_ms, &reader);
    if (err != BH_OK) {
        give_up_slot(store);
        return err;
    }
    *ret_reader = reader;
    return BH_OK;
}

void bh_store_reader_return(struct bh_store *store, struct bh_db *reader)
{
    if (reader == NULL)
        return;
    bh_db_rollback(reader);
    pthread_mutex_lock(&store->lock);
    store->idle[store->idle_count++] = reader;
    pthread_mutex_unlock(&store->lock);
}

enum bh_err bh_store_ping(struct bh_store *store)
{
    struct bh_db *reader;
    int64_t ignored;
    enum bh_err err = bh_store_reader_borrow(store, &reader);
    if (err != BH_OK)
        return err;
    err = bh_stmt_one_int(bh_db_statement(reader, "SELECT id FROM meta WHERE id = 1"), &ignored);
    bh_store_reader_return(store, reader);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_STORE_CORRUPT : err;
}
