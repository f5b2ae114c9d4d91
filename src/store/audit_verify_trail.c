// SPDX-License-Identifier: Apache-2.0
#include "store/audit_verify_trail.h"

#include <stdlib.h>

#include "store/audit_trail.h"

struct bh_erased_range {
    int64_t id, account, first_row, last_row, entries;
    bool done;
    int64_t blanked; /* found so far */
};

void bh_trail_check_finish(struct bh_trail_check *check)
{
    free(check->ranges);
    check->ranges = NULL;
}

static void tell(struct bh_trail_check *check, enum bh_audit_finding_kind kind, int64_t first, int64_t last)
{
    struct bh_audit_finding finding = {kind, first, last};
    check->intact = false;
    if (check->on_finding != NULL)
        check->on_finding(check->context, &finding);
}

/* ---- the trail itself -----------------------------------------------------------------------------------
 */

static enum bh_err keep_range(struct bh_trail_check *check, const struct bh_erasure *erasure)
{
    if (erasure->is_single)
        return BH_OK;
    if (check->range_count == check->range_capacity) {
        size_t capacity = check->range_capacity == 0 ? 64 : 2 * check->range_capacity;
        struct bh_erased_range *longer = realloc(check->ranges, capacity * sizeof(*longer));
        if (longer == NULL)
            return BH_ERR_NO_MEMORY;
        check->ranges = longer;
        check->range_capacity = capacity;
    }
    check->ranges[check->range_count++] = (struct bh_erased_range){
        .id = erasure->id,
        .account = erasure->account,
        .first_row = erasure->first_row,
        .last_row = erasure->last_row,
        .entries = erasure->entries,
        .done = erasure->done_through >= erasure->last_row,
    };
    return BH_OK;
}

static bool entry_is_valid(struct bh_stmt *stmt, const struct bh_erasure *erasure,
    const struct bh_sha256 *mac_key, const struct bh_sha256 *previous)
{
    struct bh_sha256 stored = {{0}};
    struct bh_sha256 actual = bh_audit_trail_mac(mac_key, previous, erasure);
    bool valid = bh_stmt_sha256(stmt, BH_ERASURE_COLUMN_COUNT, &stored) &&
                 bh_equal_constant_time(bh_sha256_span(&stored), bh_sha256_span(&actual));
    return valid;
}

static enum bh_err check_entry(
    struct bh_trail_check *check, struct bh_stmt *stmt, const struct bh_sha256 *mac_key)
{
    struct bh_erasure erasure;
    bh_audit_trail_read(stmt, &erasure);
    if (erasure.id != check->entries + 1)
        tell(check, BH_AUDIT_TRAIL_BROKEN, check->entries + 1, erasure.id - 1);
    else if (!entry_is_valid(stmt, &erasure, mac_key, &check->mac))
        tell(check, BH_AUDIT_TRAIL_BROKEN, erasure.id, erasure.id);
    /* The next one continues from what is stored, so that one altered entry is one finding. */
    if (!bh_stmt_sha256(stmt, BH_ERASURE_COLUMN_COUNT, &check->mac))
        check->mac = (struct bh_sha256){{0}};
    check->entries = erasure.id;
    return keep_range(check, &erasure);
}

enum bh_err bh_trail_check_entries(
    struct bh_trail_check *check, const struct bh_server_key *key, const struct bh_audit_state *state)
{
    struct bh_sha256 mac_key = bh_audit_trail_key(key);
    struct bh_stmt *stmt = bh_db_statement(
        check->db, "SELECT " BH_ERASURE_COLUMNS ", mac FROM erasure WHERE id > $1 ORDER BY id");
    bh_stmt_bind_int(stmt, 1, check->entries == 0 ? INT64_MIN : check->entries);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        err = check_entry(check, stmt, &mac_key);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            break;
        }
    }
    bh_wipe(&mac_key, sizeof(mac_key));
    if (err != BH_ERR_NOT_FOUND)
        return err;
    if (state->trail > check->entries)
        tell(check, BH_AUDIT_TRAIL_BROKEN, check->entries + 1, state->trail);
    else if (state->trail < check->entries)
        tell(check, BH_AUDIT_TRAIL_BROKEN, state->trail + 1, check->entries);
    else if (check->intact && check->entries > 0 &&
             !bh_equal_constant_time(bh_sha256_span(&check->mac), bh_sha256_span(&state->trail_mac)))
        tell(check, BH_AUDIT_TRAIL_BROKEN, check->entries, check->entries);
    return BH_OK;
}

/* ---- rows -----------------------------------------------------------------------------------------------
 */

static struct bh_erased_range *find_range(struct bh_trail_check *check, int64_t id)
{
    size_t low = 0;
    size_t high = check->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (check->ranges[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < check->range_count && check->ranges[low].id == id ? &check->ranges[low] : NULL;
}

static enum bh_err is_single(struct bh_trail_check *check, const struct bh_stored_row *stored, bool *ret_is)
{
    int64_t ignored;
    struct bh_stmt *stmt = bh_db_statement(check->db, "SELECT id FROM erasure WHERE id = $1 AND request_hash "
                                                      "IS NOT NULL AND account = $2 AND first_row = $3 "
                                                      "AND last_row = $3");
    bh_stmt_bind_int(stmt, 1, stored->erasure);
    bh_stmt_bind_int(stmt, 2, stored->row.account);
    bh_stmt_bind_int(stmt, 3, stored->row.id);
    enum bh_err err = bh_stmt_one_int(stmt, &ignored);
    *ret_is = err == BH_OK;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_trail_check_row(
    struct bh_trail_check *check, const struct bh_stored_row *stored, bool *ret_covered)
{
    struct bh_erased_range *range = find_range(check, stored->erasure);
    if (range == NULL)
        return is_single(check, stored, ret_covered);
    *ret_covered = stored->row.account == range->account && stored->row.id >= range->first_row &&
                   stored->row.id <= range->last_row;
    range->blanked += *ret_covered;
    return BH_OK;
}

/* ---- carried out? ---------------------------------------------------------------------------------------
 */

/* Rows that an entry for one row names and that have their content: somebody put it back. */
static enum bh_err check_singles(struct bh_trail_check *check)
{
    struct bh_stmt *stmt = bh_db_statement(check->db,
        "SELECT audit.id FROM erasure JOIN audit ON audit.id = erasure.first_row "
        "WHERE erasure.request_hash IS NOT NULL AND (audit.flags & 8) = 0 ORDER BY audit.id");
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        int64_t id = bh_stmt_int(stmt, 0);
        tell(check, BH_AUDIT_NOT_ERASED, id, id);
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_trail_check_counts(struct bh_trail_check *check)
{
    for (size_t i = 0; i < check->range_count; i++) {
        const struct bh_erased_range *range = &check->ranges[i];
        bool all_there = range->first_row > check->removed_through;
        if (range->blanked > range->entries)
            tell(check, BH_AUDIT_UNRECORDED, range->first_row, range->last_row);
        else if (range->done && all_there && range->blanked < range->entries)
            tell(check, BH_AUDIT_NOT_ERASED, range->first_row, range->last_row);
    }
    return check_singles(check);
}
