// SPDX-License-Identifier: Apache-2.0
/*
 * The audit log: append in the committer's transaction, list newest first, count, erase, retain, verify.
 *
 * The table has an integer primary key and no secondary index. Each row links to the previous row of its
 * account and of its agent; the heads of those lists live in audit_owner, beside the counts of the
 * current day; audit_day has those of the days before. Each row carries chain = SHA-256(previous chain ||
 * H(content)).
 */
#ifndef BH_STORE_AUDIT_H
#define BH_STORE_AUDIT_H

#include "core/decide.h"
#include "store/store.h"

struct bh_execution;

struct bh_audit_row {
    int64_t id;    /* given by the log: 1, 2, 3 ... without gaps */
    uint64_t salt; /* random; given by the caller on append */
    int64_t account, agent;
    struct bh_span agent_id; /* public id; covered by the hash, not stored twice */
    int64_t created_at;      /* never before that of the previous row: the log clamps it */
    struct bh_span permission_id, vendor, metadata, approval_id; /* absent = null; metadata is JSON text */
    struct bh_span action;
    double amount;
    bool has_amount;
    bool allowed, approval_required, shadow; /* the real decision, also in shadow mode */
    bool executes; /* the action gateway runs it: there is a record of that (store/executions.h) ... */
    enum bh_risk risk;
    enum bh_reason reason;
    const struct bh_execution *execution; /* ... which is read apart, by bh_execution_attach(); NULL = not */
};

/* ---- append: only by the thread that owns the writer connection ------------------------------------------
 */

struct bh_audit_log;

/* Reads the newest row's id and chain. The server key signs the head and the checkpoints. */
BH_MUST_USE
enum bh_err bh_audit_log_open(
    struct bh_db *writer, const struct bh_server_key *key, struct bh_audit_log **ret_log);
void bh_audit_log_close(struct bh_audit_log *log);
/* The id that the next appended row will get. */
int64_t bh_audit_next_id(const struct bh_audit_log *log);
/* Inside a write transaction. Sets row->id and row->created_at. */
BH_MUST_USE
enum bh_err bh_audit_append(struct bh_audit_log *log, struct bh_audit_row *row);
/* Before the commit: writes the day rows and the signed head of all that was appended in this transaction. */
BH_MUST_USE
enum bh_err bh_audit_flush(struct bh_audit_log *log);
/* After a commit, or after a rollback: the log's memory follows. */
void bh_audit_committed(struct bh_audit_log *log);
void bh_audit_rolled_back(struct bh_audit_log *log);

/* ---- list -----------------------------------------------------------------------------------------------
 */

enum bh_audit_decision { BH_AUDIT_ANY = 0, BH_AUDIT_ALLOWED, BH_AUDIT_DENIED, BH_AUDIT_APPROVAL };
enum bh_tristate { BH_EITHER = 0, BH_YES, BH_NO };

struct bh_audit_filter {
    int64_t account;                 /* required */
    int64_t agent;                   /* 0 = all agents of the account */
    enum bh_audit_decision decision; /* DENIED includes rows that need approval */
    enum bh_tristate shadow;
    bool has_risk;
    enum bh_risk risk;
    struct bh_span action, vendor, request_id; /* exact; absent = any */
    struct bh_span
        environment; /* case-insensitive equality with metadata environment, env or stage; absent = any */
    struct bh_span
        text; /* case-insensitive part of request id, action, vendor, reason, agent id or permission id */
    int64_t from, to; /* inclusive; 0 = open */
};

#define BH_AUDIT_WALK_LIMIT 20000

struct bh_audit_page {
    struct bh_audit_row *rows; /* newest first; erased rows are left out */
    size_t count;
    int64_t next_before; /* continue with this as `before`; 0 = there is nothing older */
    bool partial;        /* the walk ended at BH_AUDIT_WALK_LIMIT before the page was full */
};

/* Rows with id < `before` (0 = from the newest), skipping the first `skip` matches, at most `limit` matches.
 */
BH_MUST_USE
enum bh_err bh_audit_list(struct bh_db *db, const struct bh_audit_filter *filter, int64_t before, size_t skip,
    size_t limit, struct bh_arena *arena, struct bh_audit_page *ret_page);

/* ---- what is new, in the order in which it came ----------------------------------------------------------
 */

/* The newest row of the whole log; 0 when there is none. */
BH_MUST_USE
enum bh_err bh_audit_last(struct bh_db *db, int64_t *ret_id);
/* Does the log have this very row, with its content? A number alone may be another row's since a restore. */
BH_MUST_USE
enum bh_err bh_audit_has(struct bh_db *db, int64_t id, uint64_t salt, bool *ret_has);
/*
 * The rows of all accounts with id > `after`, oldest first, at most `limit`; erased ones are not shown to
 * `visit`. Its row lives until it returns and has no agent_id. *ret_through is the last row looked at, or
 * `after`.
 */
BH_MUST_USE
enum bh_err bh_audit_read_after(struct bh_db *db, int64_t after, size_t limit,
    void (*visit)(void *context, const struct bh_audit_row *row), void *context, int64_t *ret_through);

struct bh_audit_counts {
    int64_t allowed, denied, approval_required,
        shadow; /* denied includes approval_required; shadow rows count only as shadow */
};
/*
 * From the day rows, for whole UTC days `from` to `to` (0 = open); agent 0 = the whole account. `visible`:
 * without what was erased or removed; else all that was decided on the days that are still counted.
 */
BH_MUST_USE
enum bh_err bh_audit_count_days(struct bh_db *db, int64_t account, int64_t agent, int64_t from, int64_t to,
    bool visible, struct bh_audit_counts *ret_counts);
/* The same for each of `count` days from that of `first` on, of the whole account, also what was erased. */
BH_MUST_USE
enum bh_err bh_audit_day_series(
    struct bh_db *db, int64_t account, int64_t first, size_t count, struct bh_audit_counts *ret_counts);
/* Matches of a filter: exact while at most `walk_limit` rows must be looked at, else *ret_exact is false. */
BH_MUST_USE
enum bh_err bh_audit_count(struct bh_db *db, const struct bh_audit_filter *filter, size_t walk_limit,
    int64_t *ret_total, bool *ret_exact);

/* ---- erase and retain: inside a write transaction --------------------------------------------------------
 */

/*
 * The record of an erasure, in a trail that nothing deletes: of one entry, or of all entries of the account
 * from first_row to last_row. An entry's request id decodes to the salt of its content, so the trail has its
 * SHA-256 only: who knows the id finds the erasure, and nobody finds the salt.
 */
struct bh_erasure {
    int64_t id; /* 1, 2, 3 ... of all accounts */
    int64_t account;
    int64_t erased_at;
    struct bh_span erased_by; /* the person's user id */
    bool is_single;
    struct bh_sha256 request_hash; /* of a single one */
    int64_t first_row, last_row;
    int64_t entries;      /* how many there were */
    int64_t done_through; /* rows up to it have been blanked; last_row: all */
};

/*
 * Erases one entry: writes the trail, blanks the row's content and takes its copies (store/erase_copies.h);
 * id, owners, time, links, chain and H(content) stay, and so do the counts of its day. BH_ERR_NOT_FOUND when
 * not in the account or erased.
 */
BH_MUST_USE
enum bh_err bh_audit_erase(struct bh_audit_log *log, int64_t account, struct bh_span request_id,
    struct bh_span erased_by, int64_t now_ms);
/*
 * Erases all entries of the account: from this transaction on no list and no count of entries shows them;
 * counts of what was decided (bh_audit_count_days without `visible`, the series of days) still have them, for
 * they are usage and say nothing about content. The content is blanked by bh_audit_erase_chunk. Without any
 * entry nothing is written.
 */
BH_MUST_USE
enum bh_err bh_audit_erase_all(struct bh_audit_log *log, int64_t account, struct bh_span erased_by,
    int64_t now_ms, int64_t *ret_entries);
/* Blanks at most `limit` rows of what was erased, with their copies (store/erase_copies.h). *ret_more: there
 * may be more of them. */
BH_MUST_USE
enum bh_err bh_audit_erase_chunk(struct bh_audit_log *log, size_t limit, int64_t now_ms, bool *ret_more);
/* Is what was erased still in the write-ahead log? It leaves with a commit while nobody reads. */
bool bh_audit_is_scrubbing(const struct bh_audit_log *log);
/* The trail of the account, newest first, entries with id < `before` (0 = from the newest). */
BH_MUST_USE
enum bh_err bh_erasure_list(struct bh_db *db, int64_t account, int64_t before, size_t limit,
    struct bh_arena *arena, struct bh_erasure **ret_erasures, size_t *ret_count);
/*
 * Removes rows older than `older_than` from the front, at most `limit` (512 to 4096), and moves the signed
 * checkpoint of the last removed hash. *ret_removed < limit: done.
 */
BH_MUST_USE
enum bh_err bh_audit_retain(struct bh_audit_log *log, int64_t older_than, size_t limit, size_t *ret_removed);

/* ---- verify ---------------------------------------------------------------------------------------------
 */

enum bh_audit_finding_kind {
    BH_AUDIT_MISSING,
    BH_AUDIT_ALTERED,
    BH_AUDIT_ERASED,
    BH_AUDIT_HEAD_BROKEN,
    BH_AUDIT_CHECKPOINT_BROKEN,
    BH_AUDIT_TRAIL_BROKEN, /* entries of the trail of erasures: missing, altered or added */
    BH_AUDIT_UNRECORDED,   /* rows without content that no entry of the trail erased */
    BH_AUDIT_NOT_ERASED,   /* rows that an entry of the trail erased, and that have content */
    /* What the action gateway did on a row: not there, not what was recorded, or of a row that did nothing.
     */
    BH_AUDIT_EXECUTION_MISSING,
    BH_AUDIT_EXECUTION_ALTERED,
    BH_AUDIT_EXECUTION_STRAY,
};

struct bh_audit_finding {
    enum bh_audit_finding_kind kind;
    int64_t first, last; /* row ids, inclusive; of a broken trail: its entries */
};

/* A checkpoint of this log that was kept elsewhere: what row `size` was when it was made. */
struct bh_audit_known {
    int64_t size;
    struct bh_sha256 chain;
};

enum bh_audit_held {
    BH_AUDIT_NOT_ASKED = 0,
    BH_AUDIT_HOLDS,     /* that row is still the same, and so is all before it */
    BH_AUDIT_REMOVED,   /* retention has removed that row: nothing can be said */
    BH_AUDIT_CUT,       /* the log is shorter: an older copy was put in its place */
    BH_AUDIT_RECOMPUTED /* the row's chain is another: the log was made anew */
};

struct bh_audit_report {
    int64_t rows, erased, removed; /* present; blanked; taken by retention */
    int64_t first, last;           /* ids present; 0 = none */
    int64_t missing, altered;
    int64_t erasures;        /* entries of the trail */
    int64_t executions;      /* records of what the action gateway did, as they were made */
    enum bh_audit_held held; /* the known checkpoint */
    /* Nothing missing or altered, head and checkpoint valid, erasures as the trail has them, executions as
     * they were recorded, and no known checkpoint speaks against it. */
    bool intact;
    char chain[BH_SHA256_HEX + 1]; /* of the newest row */
};

typedef void bh_audit_finding_fn(void *context, const struct bh_audit_finding *finding);
typedef void bh_audit_progress_fn(void *context, int64_t done, int64_t total);

/* Walks the whole chain in one read transaction. `known` and the callbacks may be NULL. */
BH_MUST_USE
enum bh_err bh_audit_verify(struct bh_db *db, const struct bh_server_key *key,
    const struct bh_audit_known *known, bh_audit_finding_fn *on_finding, bh_audit_progress_fn *on_progress,
    void *context, struct bh_audit_report *ret_report);

#endif
