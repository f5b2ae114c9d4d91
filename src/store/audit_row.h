// SPDX-License-Identifier: Apache-2.0
/*
 * An audit row as it is stored: its columns, its packed flags, and what its hashes cover.
 */
#ifndef BH_STORE_AUDIT_ROW_H
#define BH_STORE_AUDIT_ROW_H

#include "lib/buf.h"
#include "store/audit.h"
#include "store/db.h"

/* flags = these | risk << 5 (2 bits) | reason << 8. Stored: never renumber. */
#define BH_AUDIT_IS_ALLOWED 1
#define BH_AUDIT_IS_APPROVAL 2
#define BH_AUDIT_IS_SHADOW 4
#define BH_AUDIT_IS_ERASED 8
#define BH_AUDIT_HAS_AMOUNT 16
#define BH_AUDIT_RISK_SHIFT 5
#define BH_AUDIT_HAS_EXECUTION 128
#define BH_AUDIT_REASON_SHIFT 8

struct bh_stored_row {
    struct bh_audit_row row; /* texts live until the statement steps on; agent_id is not stored here */
    int64_t flags;
    int64_t back_agent, back_account; /* how many ids back the owner's previous row is; 0 = none */
    bool erased;
    int64_t erasure; /* the entry of the trail that erased it; 0 = none */
};

/* In the order that bh_stored_row_read expects, from column 0. */
#define BH_AUDIT_COLUMNS                                                                                     \
    "id, agent, account, created_at, back_agent, back_account, flags, salt, action, vendor, amount, "        \
    "permission_id, approval_id, metadata"
#define BH_AUDIT_COLUMN_COUNT 14 /* of those; bh_stored_row_read does not set `erasure` */

void bh_stored_row_read(struct bh_stmt *stmt, struct bh_stored_row *ret_row);
/* BH_ERR_NOT_FOUND when there is no row of that id. End `*ret_stmt` when done with the texts. */
BH_MUST_USE
enum bh_err bh_stored_row_fetch(
    struct bh_db *db, int64_t id, struct bh_stored_row *ret_row, struct bh_stmt **ret_stmt);

int64_t bh_audit_pack_flags(const struct bh_audit_row *row);

/*
 * H(content): every value of the row including its links and its agent's public id, each of fixed length or
 * preceded by its length. `scratch` is overwritten. BH_ERR_NO_MEMORY when it is too small.
 */
BH_MUST_USE
enum bh_err bh_audit_content_hash(
    const struct bh_stored_row *stored, struct bh_buf *scratch, struct bh_sha256 *ret_hash);

/* ---- owners: whose list a row is in ---------------------------------------------------------------------
 */

static inline int64_t bh_owner_of_agent(int64_t agent)
{
    return agent;
}

static inline int64_t bh_owner_of_account(int64_t account)
{
    return -account;
}

static inline bool bh_owner_has_row(int64_t owner, const struct bh_stored_row *stored)
{
    return owner > 0 ? stored->row.agent == owner : stored->row.account == -owner;
}

/* The owner's previous row, or 0. */
static inline int64_t bh_owner_previous(int64_t owner, const struct bh_stored_row *stored)
{
    int64_t back = owner > 0 ? stored->back_agent : stored->back_account;
    return back > 0 && back < stored->row.id ? stored->row.id - back : 0;
}

#endif
