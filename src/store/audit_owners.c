// SPDX-License-Identifier: Apache-2.0
#include "store/audit_owners.h"

#include <stdlib.h>
#include <string.h>

#include "lib/timefmt.h"

#define LEAF_BITS 7
#define BUCKETS 2048
#define WORDS (BH_OWNERS_PER_LEAF / 64)

_Static_assert(BH_OWNERS_PER_LEAF == 1 << LEAF_BITS, "a leaf is found by shifting");

struct bh_owner_leaf {
    int64_t number; /* owner number >> LEAF_BITS */
    struct bh_owner_leaf *next_in_bucket;
    struct bh_owner_leaf *next_dirty;
    int64_t dirty_since; /* oldest row that is not written; 0 = not in the queue */
    uint64_t dirty[WORDS];
    struct bh_owner owners[BH_OWNERS_PER_LEAF];
};

enum bh_err bh_owners_init(struct bh_owners *owners)
{
    *owners = (struct bh_owners){.buckets = calloc(BUCKETS, sizeof(struct bh_owner_leaf *))};
    owners->dirty_end = &owners->first_dirty;
    return owners->buckets == NULL ? BH_ERR_NO_MEMORY : BH_OK;
}

void bh_owners_clear(struct bh_owners *owners)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        while (owners->buckets[i] != NULL) {
            struct bh_owner_leaf *leaf = owners->buckets[i];
            owners->buckets[i] = leaf->next_in_bucket;
            free(leaf);
        }
    }
    *owners = (struct bh_owners){.buckets = owners->buckets};
    owners->dirty_end = &owners->first_dirty;
}

void bh_owners_finish(struct bh_owners *owners)
{
    if (owners->buckets != NULL)
        bh_owners_clear(owners);
    free(owners->buckets);
    *owners = (struct bh_owners){.buckets = NULL};
}

/* ---- finding --------------------------------------------------------------------------------------------
 */

static int64_t leaf_number(int64_t owner)
{
    return owner >> LEAF_BITS; /* arithmetic: accounts, which are negative, get leaves of their own */
}

static size_t slot_in_leaf(int64_t owner)
{
    return (size_t)owner & (BH_OWNERS_PER_LEAF - 1);
}

static struct bh_owner_leaf **bucket_of(struct bh_owners *owners, int64_t number)
{
    return &owners->buckets[((uint64_t)number * UINT64_C(0x9E3779B97F4A7C15)) >> 53];
}

static bool drop_one(struct bh_owners *owners, struct bh_owner_leaf **link)
{
    for (; *link != NULL; link = &(*link)->next_in_bucket) {
        struct bh_owner_leaf *leaf = *link;
        if (leaf->dirty_since != 0 || leaf == owners->pinned)
            continue;
        *link = leaf->next_in_bucket;
        free(leaf);
        owners->leaf_count--;
        return true;
    }
    return false;
}

static void make_room(struct bh_owners *owners)
{
    for (size_t i = 0; i < BUCKETS && owners->leaf_count >= BH_OWNERS_LEAVES; i++) {
        owners->hand = (owners->hand + 1) % BUCKETS;
        (void)drop_one(owners, &owners->buckets[owners->hand]);
    }
}

static void read_owner(struct bh_stmt *stmt, struct bh_owner *ret_owner)
{
    *ret_owner = (struct bh_owner){
        .day = (int32_t)bh_stmt_int(stmt, 1),
        .head = bh_stmt_int(stmt, 2),
        .last_ms = (int32_t)bh_stmt_int(stmt, 3),
        .allowed = bh_stmt_int(stmt, 4),
        .denied = bh_stmt_int(stmt, 5),
        .approval_required = bh_stmt_int(stmt, 6),
        .shadow = bh_stmt_int(stmt, 7),
        .amount = bh_stmt_double(stmt, 8),
    };
}

static enum bh_err read_leaf(struct bh_db *db, struct bh_owner_leaf *leaf)
{
    int64_t first = leaf->number * BH_OWNERS_PER_LEAF;
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT owner, day, head, last_ms, allowed, denied, approval_required, shadow, amount "
        "FROM audit_owner WHERE owner BETWEEN $1 AND $2");
    bh_stmt_bind_int(stmt, 1, first);
    bh_stmt_bind_int(stmt, 2, first + BH_OWNERS_PER_LEAF - 1);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK)
        read_owner(stmt, &leaf->owners[slot_in_leaf(bh_stmt_int(stmt, 0))]);
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

static enum bh_err load_leaf(
    struct bh_owners *owners, struct bh_db *db, int64_t number, struct bh_owner_leaf **ret_leaf)
{
    make_room(owners);
    struct bh_owner_leaf *leaf = calloc(1, sizeof(*leaf));
    if (leaf == NULL)
        return BH_ERR_NO_MEMORY;
    leaf->number = number;
    enum bh_err err = read_leaf(db, leaf);
    if (err != BH_OK) {
        free(leaf);
        return err;
    }
    struct bh_owner_leaf **bucket = bucket_of(owners, number);
    leaf->next_in_bucket = *bucket;
    *bucket = leaf;
    owners->leaf_count++;
    *ret_leaf = leaf;
    return BH_OK;
}

enum bh_err bh_owners_find(
    struct bh_owners *owners, struct bh_db *db, int64_t number, struct bh_owner_ref *ret_ref)
{
    int64_t wanted = leaf_number(number);
    struct bh_owner_leaf *leaf = *bucket_of(owners, wanted);
    while (leaf != NULL && leaf->number != wanted)
        leaf = leaf->next_in_bucket;
    if (leaf == NULL) {
        enum bh_err err = load_leaf(owners, db, wanted, &leaf);
        if (err != BH_OK)
            return err;
    }
    owners->pinned = leaf;
    *ret_ref = (struct bh_owner_ref){leaf, &leaf->owners[slot_in_leaf(number)], number};
    return BH_OK;
}

/* ---- writing --------------------------------------------------------------------------------------------
 */

static void bind_owner(struct bh_stmt *stmt, int64_t number, const struct bh_owner *owner)
{
    bh_stmt_bind_int(stmt, 1, number);
    bh_stmt_bind_int(stmt, 2, owner->day);
    bh_stmt_bind_int(stmt, 3, owner->head);
    bh_stmt_bind_int(stmt, 4, owner->last_ms);
    bh_stmt_bind_int(stmt, 5, owner->allowed);
    bh_stmt_bind_int(stmt, 6, owner->denied);
    bh_stmt_bind_int(stmt, 7, owner->approval_required);
    bh_stmt_bind_int(stmt, 8, owner->shadow);
    bh_stmt_bind_double(stmt, 9, owner->amount);
}

#define OWNER_COLUMNS "(owner, day, head, last_ms, allowed, denied, approval_required, shadow, amount)"

static enum bh_err write_owner(struct bh_db *db, int64_t number, const struct bh_owner *owner)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "REPLACE INTO audit_owner " OWNER_COLUMNS " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    bind_owner(stmt, number, owner);
    return bh_stmt_run(stmt);
}

static enum bh_err write_past_day(struct bh_db *db, int64_t number, const struct bh_owner *owner)
{
    struct bh_stmt *stmt = bh_db_statement(
        db, "REPLACE INTO audit_day " OWNER_COLUMNS " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    bind_owner(stmt, number, owner);
    return bh_stmt_run(stmt);
}

static uint64_t *dirty_word(struct bh_owner_leaf *leaf, size_t slot)
{
    return &leaf->dirty[slot / 64];
}

static void mark_dirty(struct bh_owners *owners, struct bh_owner_ref ref, int64_t row)
{
    size_t slot = slot_in_leaf(ref.number);
    uint64_t bit = UINT64_C(1) << slot % 64;
    if ((*dirty_word(ref.leaf, slot) & bit) != 0)
        return;
    *dirty_word(ref.leaf, slot) |= bit;
    owners->dirty_owners++;
    if (ref.leaf->dirty_since != 0)
        return;
    ref.leaf->dirty_since = row;
    ref.leaf->next_dirty = NULL;
    *owners->dirty_end = ref.leaf;
    owners->dirty_end = &ref.leaf->next_dirty;
}

/* Its leaf may stay in the queue, with one owner less to write. */
static enum bh_err write_now(struct bh_owners *owners, struct bh_db *db, struct bh_owner_ref ref)
{
    size_t slot = slot_in_leaf(ref.number);
    uint64_t bit = UINT64_C(1) << slot % 64;
    enum bh_err err = write_owner(db, ref.number, ref.owner);
    if (err == BH_OK && (*dirty_word(ref.leaf, slot) & bit) != 0) {
        *dirty_word(ref.leaf, slot) &= ~bit;
        owners->dirty_owners--;
    }
    return err;
}

static enum bh_err write_leaf(struct bh_owners *owners, struct bh_db *db, struct bh_owner_leaf *leaf)
{
    for (size_t word = 0; word < WORDS; word++) {
        while (leaf->dirty[word] != 0) {
            size_t slot = word * 64 + (size_t)__builtin_ctzll(leaf->dirty[word]);
            int64_t number = leaf->number * BH_OWNERS_PER_LEAF + (int64_t)slot;
            enum bh_err err = write_owner(db, number, &leaf->owners[slot]);
            if (err != BH_OK)
                return err;
            leaf->dirty[word] &= leaf->dirty[word] - 1;
            owners->dirty_owners--;
        }
    }
    return BH_OK;
}

enum bh_err bh_owners_write_due(
    struct bh_owners *owners, struct bh_db *db, int64_t newest, int64_t *ret_counted_through)
{
    bool all = owners->dirty_owners <= BH_OWNERS_FEW;
    struct bh_owner_leaf *leaf;
    while ((leaf = owners->first_dirty) != NULL && (all || leaf->dirty_since + BH_OWNERS_LAG <= newest)) {
        enum bh_err err = write_leaf(owners, db, leaf);
        if (err != BH_OK)
            return err;
        leaf->dirty_since = 0;
        owners->first_dirty = leaf->next_dirty;
        if (owners->first_dirty == NULL)
            owners->dirty_end = &owners->first_dirty;
    }
    *ret_counted_through = leaf == NULL ? newest : leaf->dirty_since - 1;
    return BH_OK;
}

/* ---- counting -------------------------------------------------------------------------------------------
 */

void bh_owner_count(struct bh_owner *owner, const struct bh_audit_row *row, int sign)
{
    if (row->shadow) {
        owner->shadow += sign;
    } else if (row->allowed) {
        owner->allowed += sign;
        if (row->has_amount)
            owner->amount += sign * row->amount;
    } else {
        owner->denied += sign;
        owner->approval_required += row->approval_required ? sign : 0;
    }
}

static int32_t day_of(const struct bh_audit_row *row)
{
    return (int32_t)(row->created_at / BH_MS_PER_DAY);
}

static enum bh_err add_row(struct bh_owners *owners, struct bh_db *db, struct bh_owner_ref ref,
    const struct bh_audit_row *row, bool counts)
{
    struct bh_owner *owner = ref.owner;
    int32_t day = day_of(row);
    bool new_day = owner->head != 0 && owner->day != day;
    if (new_day) {
        enum bh_err err = write_past_day(db, ref.number, owner);
        if (err != BH_OK)
            return err;
        *owner = (struct bh_owner){.head = owner->head};
    }
    owner->head = row->id;
    owner->day = day;
    owner->last_ms = (int32_t)(row->created_at % BH_MS_PER_DAY);
    if (counts)
        bh_owner_count(owner, row, 1);
    mark_dirty(owners, ref, row->id);
    return new_day ? write_now(owners, db, ref) : BH_OK;
}

enum bh_err bh_owners_add(
    struct bh_owners *owners, struct bh_db *db, struct bh_owner_ref ref, const struct bh_audit_row *row)
{
    return add_row(owners, db, ref, row, true);
}

static enum bh_err replay_one(
    struct bh_owners *owners, struct bh_db *db, int64_t number, const struct bh_stored_row *stored)
{
    struct bh_owner_ref ref;
    enum bh_err err = bh_owners_find(owners, db, number, &ref);
    if (err != BH_OK || stored->row.id <= ref.owner->head)
        return err;
    return add_row(owners, db, ref, &stored->row, !stored->erased);
}

enum bh_err bh_owners_replay(struct bh_owners *owners, struct bh_db *db, int64_t counted_through)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT " BH_AUDIT_COLUMNS " FROM audit WHERE id > $1 ORDER BY id");
    bh_stmt_bind_int(stmt, 1, counted_through);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK) {
        struct bh_stored_row stored;
        bh_stored_row_read(stmt, &stored);
        err = replay_one(owners, db, bh_owner_of_agent(stored.row.agent), &stored);
        if (err == BH_OK)
            err = replay_one(owners, db, bh_owner_of_account(stored.row.account), &stored);
        if (err != BH_OK) {
            bh_stmt_end(stmt);
            return err;
        }
    }
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

/* ---- taking away ----------------------------------------------------------------------------------------
 */

enum bh_err bh_owners_write(struct bh_owners *owners, struct bh_db *db, int64_t number)
{
    struct bh_owner_ref ref;
    enum bh_err err = bh_owners_find(owners, db, number, &ref);
    return err == BH_OK && ref.owner->head != 0 ? write_now(owners, db, ref) : err;
}

enum bh_err bh_owners_forget_day(struct bh_owners *owners, struct bh_db *db, int64_t number,
    const struct bh_stored_row *stored, bool *ret_forgotten)
{
    struct bh_owner_ref ref;
    *ret_forgotten = false;
    enum bh_err err = bh_owners_find(owners, db, number, &ref);
    if (err != BH_OK)
        return err;
    if (ref.owner->head == stored->row.id) { /* stays, because it says when the owner was last active */
        *ref.owner =
            (struct bh_owner){.head = ref.owner->head, .day = ref.owner->day, .last_ms = ref.owner->last_ms};
        *ret_forgotten = true;
        return write_now(owners, db, ref);
    }
    if (ref.owner->day == day_of(&stored->row))
        return BH_OK;
    struct bh_stmt *stmt =
        bh_db_statement(db, "DELETE FROM audit_day WHERE owner = $1 AND day = $2 AND head = $3");
    bh_stmt_bind_int(stmt, 1, number);
    bh_stmt_bind_int(stmt, 2, day_of(&stored->row));
    bh_stmt_bind_int(stmt, 3, stored->row.id);
    err = bh_stmt_run(stmt);
    *ret_forgotten = err == BH_OK && bh_db_changes(db) > 0;
    return err;
}
