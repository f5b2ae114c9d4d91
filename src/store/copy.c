// SPDX-License-Identifier: Apache-2.0
/*
 * The copy is made by SQLite's backup interface, in steps, all of them inside one read transaction.
 *
 * Without that transaction each step would see another state, and the whole copy would begin again whenever
 * another process has written in between: under a server that commits all the time it would never end. With
 * it the copy is of one moment, and writers go on, for in WAL mode a reader holds nobody up; the write-ahead
 * log only grows for as long as the copy takes. VACUUM INTO is as consistent, but builds every table and
 * index anew, which takes several times as long, and says nothing on the way.
 */
#include "store/copy.h"

#include <string.h>

#include "store/audit.h"
#include "store/db.h"
#include "store/migrate.h"

#define STEP_PAGES 256

/* ---- making ---------------------------------------------------------------------------------------------
 */

static enum bh_err copy_pages(
    struct bh_db *from, struct bh_db *to, bh_copy_progress_fn *progress, void *context)
{
    int64_t page_size;
    enum bh_err err = bh_stmt_one_int(bh_db_statement(from, "PRAGMA page_size"), &page_size);
    if (err != BH_OK)
        return err;
    sqlite3_backup *backup = sqlite3_backup_init(to->handle, "main", from->handle, "main");
    if (backup == NULL)
        return bh_db_error(sqlite3_extended_errcode(to->handle));
    int code;
    do {
        code = sqlite3_backup_step(backup, STEP_PAGES);
        int64_t total = sqlite3_backup_pagecount(backup);
        if (progress != NULL && (code == SQLITE_OK || code == SQLITE_DONE))
            progress(context, (total - sqlite3_backup_remaining(backup)) * page_size, total * page_size);
    } while (code == SQLITE_OK);
    int finished = sqlite3_backup_finish(backup);
    return code == SQLITE_DONE ? bh_db_error(finished) : bh_db_error(code);
}

/* Flushing is the caller's: once, at the end. The journal of a file that was empty stays empty. */
static const char target_settings[] = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;";
/* The source's mode came with its first page. A copy lies alone, so it must not need a log beside it. */
static const char no_log[] = "PRAGMA journal_mode = DELETE;";

static enum bh_err copy_into(
    struct bh_db *from, const char *target, bh_copy_progress_fn *progress, void *context)
{
    struct bh_db *to;
    enum bh_err err = bh_db_open(target, false, 0, &to);
    if (err != BH_OK)
        return err;
    err = bh_db_run_script(to, target_settings);
    if (err == BH_OK)
        err = copy_pages(from, to, progress, context);
    if (err == BH_OK)
        err = bh_db_run_script(to, no_log);
    bh_db_close(to);
    return err;
}

enum bh_err bh_copy_make(
    const char *source, const char *target, int busy_timeout_ms, bh_copy_progress_fn *progress, void *context)
{
    struct bh_db *from;
    enum bh_err err = bh_db_open(source, true, busy_timeout_ms, &from);
    if (err != BH_OK)
        return err;
    err = bh_db_begin_read(from);
    if (err == BH_OK)
        err = copy_into(from, target, progress, context);
    bh_db_close(from);
    return err;
}

/* ---- examining ------------------------------------------------------------------------------------------
 */

int64_t bh_copy_newest_version(void)
{
    return bh_migrations[bh_migration_count - 1].version;
}

static void write_check(struct bh_span digest, char ret_text[static BH_KEY_CHECK_TEXT])
{
    char text[BH_SHA256_HEX + 1];
    bh_hex_encode(digest, text);
    memcpy(ret_text, text, BH_KEY_CHECK_TEXT - 1);
    ret_text[BH_KEY_CHECK_TEXT - 1] = 0;
}

void bh_copy_key_check(const struct bh_server_key *key, char ret_text[static BH_KEY_CHECK_TEXT])
{
    struct bh_sha256 check = bh_server_key_derive(key, "database-check");
    write_check(bh_sha256_span(&check), ret_text);
}

static enum bh_err check_pages(struct bh_db *db)
{
    struct bh_stmt *stmt = bh_db_statement(db, "PRAGMA integrity_check(1)");
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_ERR_STORE_CORRUPT : err;
    bool whole = bh_span_equal(bh_stmt_text(stmt, 0), BH_SPAN("ok"));
    bh_stmt_end(stmt);
    return whole ? BH_OK : BH_ERR_STORE_CORRUPT;
}

static enum bh_err check_kind(struct bh_db *db)
{
    int64_t tables;
    enum bh_err err =
        bh_stmt_one_int(bh_db_statement(db, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND "
                                            "name IN ('meta', 'audit', 'audit_state', 'schema_migration')"),
            &tables);
    return err == BH_OK && tables != 4 ? BH_ERR_NOT_FOUND : err;
}

static bool same_row(struct bh_stmt *one, struct bh_stmt *other)
{
    for (int column = 0; column < 4; column++) {
        if (!bh_span_equal(bh_stmt_text(one, column), bh_stmt_text(other, column)))
            return false;
    }
    return true;
}

/* The statistics of an administrator's ANALYZE count for nothing: they change how fast rows are found. */
static enum bh_err compare_schemas(struct bh_db *db, struct bh_db *model)
{
    static const char all[] =
        "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master WHERE type <> 'table' OR "
        "coalesce(sql, '') NOT IN ('CREATE TABLE sqlite_stat1(tbl,idx,stat)', "
        "'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)') ORDER BY type, name, tbl_name";
    struct bh_stmt *found = bh_db_statement(db, all);
    struct bh_stmt *wanted = bh_db_statement(model, all);
    enum bh_err err;
    do {
        err = bh_stmt_step(wanted);
        enum bh_err other = bh_stmt_step(found);
        if (err == BH_OK && other == BH_OK)
            err = same_row(found, wanted) ? BH_OK : BH_ERR_NOT_FOUND;
        else if (err == BH_ERR_NOT_FOUND && other == BH_ERR_NOT_FOUND)
            return BH_OK;
        else if (other != BH_OK)
            err = other;
        else if (err == BH_OK)
            err = BH_ERR_NOT_FOUND;
    } while (err == BH_OK);
    bh_stmt_end(found);
    bh_stmt_end(wanted);
    return err;
}

/* Whoever may write a copy could give it triggers, views, columns with defaults and tables of our names that
 * are something else. So its schema must be, to the letter, what our own changes up to its version make. */
static enum bh_err check_schema(struct bh_db *db, int64_t version)
{
    struct bh_db *model;
    size_t count = 0;
    while (count < bh_migration_count && bh_migrations[count].version <= version)
        count++;
    enum bh_err err = bh_db_open(":memory:", false, 0, &model);
    if (err != BH_OK)
        return err;
    err = bh_migrate(model, bh_migrations, count);
    if (err == BH_OK)
        err = compare_schemas(db, model);
    bh_db_close(model);
    return err;
}

enum bh_err bh_copy_read_key_check(struct bh_db *db, char ret_text[static BH_KEY_CHECK_TEXT])
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT key_check FROM meta WHERE id = 1");
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    struct bh_sha256 check;
    bool is_digest = bh_stmt_sha256(stmt, 0, &check);
    bh_stmt_end(stmt);
    if (!is_digest)
        return BH_ERR_STORE_CORRUPT;
    write_check(bh_sha256_span(&check), ret_text);
    return BH_OK;
}

static enum bh_err read_newest(struct bh_db *db, struct bh_copy_facts *facts)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT id, created_at FROM audit ORDER BY id DESC LIMIT 1");
    enum bh_err err = bh_stmt_step(stmt);
    if (err == BH_OK) {
        facts->last_row = bh_stmt_int(stmt, 0);
        facts->last_at = bh_stmt_int(stmt, 1);
        bh_stmt_end(stmt);
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_copy_examine(struct bh_db *db, struct bh_copy_facts *ret_facts)
{
    struct bh_copy_facts facts = {0};
    enum bh_err err = check_pages(db);
    if (err == BH_OK)
        err = check_kind(db);
    if (err == BH_OK)
        err = bh_migrate_version(db, &facts.version);
    if (err == BH_OK && facts.version <= bh_copy_newest_version())
        err = check_schema(db, facts.version);
    if (err == BH_OK)
        err = bh_copy_read_key_check(db, facts.key_check);
    if (err == BH_OK)
        err = read_newest(db, &facts);
    if (err == BH_OK)
        err = bh_db_size(db, &facts.bytes);
    if (err == BH_OK)
        *ret_facts = facts;
    return err;
}

enum bh_err bh_copy_count(struct bh_db *db, int64_t now_ms, struct bh_copy_counts *ret_counts)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT (SELECT count(*) FROM agent WHERE status = 'active'), "
                            "(SELECT count(*) FROM permission WHERE status = 'active'), "
                            "(SELECT count(*) FROM developer_token), "
                            "(SELECT count(*) FROM site_key WHERE status = 'active'), "
                            "(SELECT count(*) FROM person), "
                            "(SELECT count(*) FROM approval WHERE status = 'pending' AND expires_at > $1), "
                            "(SELECT count(*) FROM agent WHERE passport_hash IS NOT NULL), "
                            "(SELECT count(*) FROM webhook WHERE status = 'active'), "
                            "(SELECT count(*) FROM site WHERE status = 'active'), "
                            "(SELECT count(*) FROM signing_key WHERE published_until = 0 OR "
                            "published_until > $1)");
    bh_stmt_bind_int(stmt, 1, now_ms);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    *ret_counts = (struct bh_copy_counts){.agents = bh_stmt_int(stmt, 0),
        .permissions = bh_stmt_int(stmt, 1),
        .tokens = bh_stmt_int(stmt, 2),
        .site_keys = bh_stmt_int(stmt, 3),
        .people = bh_stmt_int(stmt, 4),
        .pending = bh_stmt_int(stmt, 5),
        .passports = bh_stmt_int(stmt, 6),
        .webhooks = bh_stmt_int(stmt, 7),
        .sites = bh_stmt_int(stmt, 8),
        .signing_keys = bh_stmt_int(stmt, 9)};
    bh_stmt_end(stmt);
    return BH_OK;
}

/* ---- ending single uses ---------------------------------------------------------------------------------
 */

/* One at a time: each change of an approval has a number of its own. */
static enum bh_err end_grants(struct bh_db *db, int64_t now_ms)
{
    for (;;) {
        struct bh_stmt *stmt = bh_db_statement(db,
            "UPDATE approval SET status = 'expired', grant_expires_at = CASE WHEN grant_expires_at < $1 THEN "
            "grant_expires_at ELSE $1 END, "
            "change_number = (SELECT number + 1 FROM approval_change) WHERE id = (SELECT id FROM approval "
            "WHERE status = 'approved' ORDER BY grant_expires_at LIMIT 1)");
        bh_stmt_bind_int(stmt, 1, now_ms);
        enum bh_err err = bh_stmt_run(stmt);
        if (err != BH_OK || bh_db_changes(db) == 0)
            return err;
        err = bh_stmt_run(bh_db_statement(db, "UPDATE approval_change SET number = number + 1"));
        if (err != BH_OK)
            return err;
    }
}

static enum bh_err delete_links(struct bh_db *db, int64_t *ret_links)
{
    enum bh_err err = bh_stmt_run(bh_db_statement(db, "DELETE FROM device_login"));
    int64_t links = bh_db_changes(db);
    if (err == BH_OK) {
        err = bh_stmt_run(bh_db_statement(db, "DELETE FROM mail_token"));
        links += bh_db_changes(db);
    }
    if (err == BH_OK) {
        err = bh_stmt_run(bh_db_statement(db, "DELETE FROM invite"));
        links += bh_db_changes(db);
    }
    if (err == BH_OK)
        *ret_links = links;
    return err;
}

enum bh_err bh_copy_end_single_uses(struct bh_db *db, int64_t now_ms, struct bh_copy_ended *ret_ended)
{
    struct bh_copy_ended ended = {0};
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT count(*) FROM approval WHERE status = 'approved' AND grant_expires_at > $1");
    bh_stmt_bind_int(stmt, 1, now_ms);
    enum bh_err err = bh_stmt_one_int(stmt, &ended.grants);
    if (err == BH_OK)
        err = end_grants(db, now_ms);
    if (err == BH_OK)
        err = bh_stmt_run(bh_db_statement(db, "DELETE FROM session"));
    if (err == BH_OK) {
        ended.sessions = bh_db_changes(db);
        err = delete_links(db, &ended.links);
    }
    if (err == BH_OK)
        *ret_ended = ended;
    return err;
}
