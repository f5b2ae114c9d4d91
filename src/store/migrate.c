// SPDX-License-Identifier: Apache-2.0
#include "store/migrate.h"

enum bh_err bh_migrate_version(struct bh_db *db, int64_t *ret_version)
{
    int64_t tables;
    enum bh_err err = bh_stmt_one_int(
        bh_db_statement(db, "SELECT count(*) FROM sqlite_master WHERE name = 'schema_migration'"), &tables);
    if (err != BH_OK)
        return err;
    if (tables == 0) {
        *ret_version = 0;
        return BH_OK;
    }
    return bh_stmt_one_int(
        bh_db_statement(db, "SELECT coalesce(max(version), 0) FROM schema_migration"), ret_version);
}

static enum bh_err apply(struct bh_db *db, const struct bh_migration *migration)
{
    enum bh_err err = bh_db_run_script(db, migration->sql);
    if (err != BH_OK)
        return err;
    struct bh_stmt *stmt =
        bh_db_statement(db, "INSERT INTO schema_migration (version, name) VALUES ($1, $2)");
    bh_stmt_bind_int(stmt, 1, migration->version);
    bh_stmt_bind_text(stmt, 2, bh_span_from(migration->name));
    return bh_stmt_run(stmt);
}

static enum bh_err apply_missing(struct bh_db *db, const struct bh_migration *migrations, size_t count)
{
    int64_t version;
    enum bh_err err = bh_db_run_script(
        db, "CREATE TABLE IF NOT EXISTS schema_migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL)");
    if (err == BH_OK)
        err = bh_migrate_version(db, &version); /* again: another process may have been faster */
    for (size_t i = 0; i < count && err == BH_OK; i++) {
        if (migrations[i].version > version)
            err = apply(db, &migrations[i]);
    }
    return err;
}

enum bh_err bh_migrate(struct bh_db *db, const struct bh_migration *migrations, size_t count)
{
    int64_t version;
    int64_t newest = count == 0 ? 0 : migrations[count - 1].version;
    enum bh_err err = bh_migrate_version(db, &version);
    if (err != BH_OK)
        return err;
    if (version > newest)
        return BH_ERR_STORE_VERSION;
    if (version == newest)
        return BH_OK;
    err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    err = apply_missing(db, migrations, count);
    if (err == BH_OK)
        return bh_db_commit(db);
    bh_db_rollback(db);
    return err;
}
