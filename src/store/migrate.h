// SPDX-License-Identifier: Apache-2.0
/*
 * Numbered changes of the schema, embedded from sql/, each applied once.
 */
#ifndef BH_STORE_MIGRATE_H
#define BH_STORE_MIGRATE_H

#include "store/db.h"

struct bh_migration {
    int64_t version; /* 1, 2, 3 ... */
    const char *name;
    const char *sql;
};

extern const struct bh_migration bh_migrations[]; /* generated */
extern const size_t bh_migration_count;

/*
 * Brings the database from its version to the newest of `migrations` (oldest first) in one transaction; a
 * database that is up to date is only read. BH_ERR_STORE_VERSION when it is newer than that.
 */
BH_MUST_USE
enum bh_err bh_migrate(struct bh_db *db, const struct bh_migration *migrations, size_t count);

/* Of the newest change that the database has; 0 = none. */
BH_MUST_USE
enum bh_err bh_migrate_version(struct bh_db *db, int64_t *ret_version);

#endif
