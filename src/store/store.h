// SPDX-License-Identifier: Apache-2.0
/*
 * The only door to the database. What lies behind it (SQLite here) nobody else knows.
 *
 * One writer connection, used by one thread at a time (the committer, or an admin command of another
 * process); readers are borrowed for short read transactions. All texts returned live in the arena that was
 * given. Times are milliseconds since 1970. "Not found" is BH_ERR_NOT_FOUND unless said otherwise. A store
 * that is away, full or damaged answers BH_ERR_STORE_UNAVAILABLE, _FULL, _BUSY or _CORRUPT; nothing is then
 * half-written, because every write happens inside bh_db_begin() .. bh_db_commit() and an uncommitted
 * transaction leaves no trace.
 */
#ifndef BH_STORE_STORE_H
#define BH_STORE_STORE_H

#include "core/permission.h"
#include "core/role.h"
#include "lib/arena.h"
#include "lib/digest.h"
#include "lib/err.h"
#include "lib/random.h"
#include "store/server_key.h"

struct bh_store;
struct bh_db; /* one connection */

struct bh_store_options {
    const char *data_dir;            /* made with mode 0700 when missing */
    const struct bh_server_key *key; /* must be the key this database was made with, else BH_ERR_SECRET_KEY */
    bool serve;                      /* take the folder's server lock; BH_ERR_STORE_LOCKED when it is taken */
    int busy_timeout_ms;             /* how long to wait for another process's write transaction */
};

/* Opens or creates the database and runs the migrations. The caller owns *ret_store. */
BH_MUST_USE
enum bh_err bh_store_open(const struct bh_store_options *options, struct bh_store **ret_store);
void bh_store_close(struct bh_store *store);
/* BH_OK when the database answers a trivial query. */
BH_MUST_USE
enum bh_err bh_store_ping(struct bh_store *store);

struct bh_db *bh_store_writer(struct bh_store *store);
/* A reader for the calling thread; every borrowed one must be returned. At most 64 exist. */
BH_MUST_USE
enum bh_err bh_store_reader_borrow(struct bh_store *store, struct bh_db **ret_reader);
void bh_store_reader_return(struct bh_store *store, struct bh_db *reader);

BH_MUST_USE
enum bh_err bh_db_begin(struct bh_db *db); /* write transaction, taken at once */
BH_MUST_USE
enum bh_err bh_db_begin_read(struct bh_db *db); /* a consistent view until bh_db_rollback() */
BH_MUST_USE
enum bh_err bh_db_commit(struct bh_db *db); /* on failure the transaction is rolled back */
void bh_db_rollback(struct bh_db *db);      /* harmless outside a transaction */
/* A savepoint, so that one job's failure does not sink the batch. They do not nest. */
BH_MUST_USE
enum bh_err bh_db_savepoint(struct bh_db *db);
BH_MUST_USE
enum bh_err bh_db_savepoint_release(struct bh_db *db);
BH_MUST_USE
enum bh_err bh_db_savepoint_rollback(struct bh_db *db);

/* Where callers find the server, as it said at its last start; absent where it has not. */
BH_MUST_USE
enum bh_err bh_public_url_read(struct bh_db *db, struct bh_arena *arena, struct bh_span *ret_url);
BH_MUST_USE
enum bh_err bh_public_url_note(struct bh_db *db, struct bh_span url);

/* ---- accounts -------------------------------------------------------------------------------------------
 */

struct bh_account_record {
    int64_t id; /* internal; never leaves the server */
    struct bh_span account_id, name;
    int64_t policy_version, created_at;
};

BH_MUST_USE
enum bh_err bh_account_create(
    struct bh_db *db, const char *account_id, struct bh_span name, int64_t now_ms, int64_t *ret_id);
/* The oldest account; BH_ERR_NOT_FOUND on an empty database. */
BH_MUST_USE
enum bh_err bh_account_first(struct bh_db *db, struct bh_arena *arena, struct bh_account_record *ret_account);
BH_MUST_USE
enum bh_err bh_account_rename(struct bh_db *db, int64_t account, struct bh_span name);
struct bh_account_state {
    int64_t policy_version;
    int64_t event_mask; /* bh_event_bit() of each type that an active endpoint wants */
    char account_id[BH_ID_TEXT];
};

/* What a decision asks about its account, in one query. */
BH_MUST_USE
enum bh_err bh_account_state(struct bh_db *db, int64_t account, struct bh_account_state *ret_state);
BH_MUST_USE
enum bh_err bh_account_policy_version(struct bh_db *db, int64_t account, int64_t *ret_version);
/* Whether who made an agent or has its key may not approve its requests. */
BH_MUST_USE
enum bh_err bh_account_separates_duties(struct bh_db *db, int64_t account, bool *ret_separates);
/* Marks a change of policy: bumps the account's version and that of `agent` (0 = of all its agents). */
BH_MUST_USE
enum bh_err bh_account_bump_policy(struct bh_db *db, int64_t account, int64_t agent);
BH_MUST_USE
enum bh_err bh_account_find(
    struct bh_db *db, int64_t account, struct bh_arena *arena, struct bh_account_record *ret_account);
BH_MUST_USE
enum bh_err bh_account_separate_duties(struct bh_db *db, int64_t account, bool separates);
struct bh_account_counts {
    int64_t members, agents, active_permissions, pending_approvals;
};
/* Oldest first, those made after the account `after` (absent = from the oldest), at most `limit`. */
BH_MUST_USE
enum bh_err bh_account_list(struct bh_db *db, struct bh_span after, size_t limit, int64_t now_ms,
    struct bh_arena *arena, struct bh_account_record **ret_accounts, struct bh_account_counts **ret_counts,
    size_t *ret_count);

/* ---- agents ---------------------------------------------------------------------------------------------
 */

struct bh_agent_record {
    int64_t id, account;  /* internal */
    int64_t owner_person; /* who made it; 0 = made on the server's command line */
    int64_t key_person;   /* who was last given its key; 0 = the server's command line */
    struct bh_span agent_id, name, status, agent_type, provider, connection_status;
    struct bh_span external_agent_id, external_agent_label, description; /* absent = null */
    struct bh_span ollama_base_url, ollama_model;                        /* absent = null */
    struct bh_span guidelines;                                           /* JSON array text */
    struct bh_sha256 key_hash;
    int64_t policy_version;
    int64_t last_used_at; /* of the newest decision since the last rotation; 0 = never */
    int64_t key_rotated_at, created_at, updated_at;
    struct bh_span passport_preview; /* of its passport's token; absent = it has no passport link */
    struct bh_sha256 passport_hash;
    int64_t passport_created_at; /* 0 = none */
};

/* Reads agent_id .. guidelines, account, key_hash, created_at (also used as updated_at) of `agent`. */
BH_MUST_USE
enum bh_err bh_agent_create(struct bh_db *db, const struct bh_agent_record *agent, int64_t *ret_id);
BH_MUST_USE
enum bh_err bh_agent_find(
    struct bh_db *db, struct bh_span agent_id, struct bh_arena *arena, struct bh_agent_record *ret_agent);
/* The same in one step, however much was decided lately; so last_used_at may be some thousand decisions old.
 */
BH_MUST_USE
enum bh_err bh_agent_find_at_once(
    struct bh_db *db, struct bh_span agent_id, struct bh_arena *arena, struct bh_agent_record *ret_agent);
BH_MUST_USE
enum bh_err bh_agent_find_by_id(
    struct bh_db *db, int64_t agent, struct bh_arena *arena, struct bh_agent_record *ret_agent);
BH_MUST_USE
enum bh_err bh_agent_find_by_key(struct bh_db *db, const struct bh_sha256 *key_hash, struct bh_arena *arena,
    struct bh_agent_record *ret_agent);
/* The agent's own version, for a snapshot whose account version is old. */
BH_MUST_USE
enum bh_err bh_agent_policy_version(struct bh_db *db, int64_t agent, int64_t *ret_version);
/* Newest first, at most `limit`. */
BH_MUST_USE
enum bh_err bh_agent_list(struct bh_db *db, int64_t account, size_t limit, struct bh_arena *arena,
    struct bh_agent_record **ret_agents, size_t *ret_count);
/* Writes name .. guidelines and the two of ollama, but neither id, status, type nor key, of the agent with
 * agent->id. */
BH_MUST_USE
enum bh_err bh_agent_update(struct bh_db *db, const struct bh_agent_record *agent, int64_t now_ms);
/* "active" or "disabled". *ret_changed is false when it was so already. Does not bump the policy. */
BH_MUST_USE
enum bh_err bh_agent_set_status(
    struct bh_db *db, int64_t agent, const char *status, int64_t now_ms, bool *ret_changed);
/* Conditional on the old hash: BH_ERR_ALREADY_ROTATED when it is not the current one. `key_person` is given
 * the new key, 0 = nobody. Does not bump the policy. */
BH_MUST_USE
enum bh_err bh_agent_rotate_key(struct bh_db *db, int64_t agent, const struct bh_sha256 *old_hash,
    const struct bh_sha256 *new_hash, int64_t key_person, int64_t now_ms);

/* The one passport link of an agent: the new token's, in place of an older one. */
BH_MUST_USE
enum bh_err bh_agent_set_passport(struct bh_db *db, int64_t agent, const struct bh_sha256 *token_hash,
    struct bh_span preview, int64_t now_ms);
/* Without a passport nothing changes. */
BH_MUST_USE
enum bh_err bh_agent_clear_passport(struct bh_db *db, int64_t agent, int64_t now_ms);

/* ---- permissions ----------------------------------------------------------------------------------------
 */

#define BH_GRANT_MINUTES 30 /* where a permission says nothing else */
#define BH_GRANT_MINUTES_MAX 1440

struct bh_permission_record {
    int64_t id, account, agent; /* internal */
    struct bh_span permission_id, action;
    struct bh_span description, resource, scope, notes, template_name; /* absent = null */
    struct bh_span allowed_actions, blocked_actions;                   /* JSON array texts */
    struct bh_span constraints;                                        /* JSON object text */
    bool requires_approval;
    int64_t grant_minutes; /* how long an approved request may be used: 1 to BH_GRANT_MINUTES_MAX */
    struct bh_span status;
    int64_t last_used_at, created_at, updated_at; /* 0 = never */
};

BH_MUST_USE
enum bh_err bh_permission_create(
    struct bh_db *db, const struct bh_permission_record *permission, int64_t *ret_id);
/* Of one account; BH_ERR_PERMISSION_NOT_FOUND for another's. */
BH_MUST_USE
enum bh_err bh_permission_find(struct bh_db *db, int64_t account, struct bh_span permission_id,
    struct bh_arena *arena, struct bh_permission_record *ret_permission);
/*
 * Any status, newest first (created_at, then permission_id, descending), at most `limit`: active ones before
 * others, so that no number of revoked ones hides what holds.
 */
BH_MUST_USE
enum bh_err bh_permission_list(struct bh_db *db, int64_t agent, size_t limit, struct bh_arena *arena,
    struct bh_permission_record **ret_permissions, size_t *ret_count);
/* The same of those whose status is "active", expired ones among them: all of them. */
BH_MUST_USE
enum bh_err bh_permission_list_active(struct bh_db *db, int64_t agent, struct bh_arena *arena,
    struct bh_permission_record **ret_permissions, size_t *ret_count);
BH_MUST_USE
enum bh_err bh_permission_count_active(struct bh_db *db, int64_t agent, size_t *ret_count);
/* Bytes of text in what a decision needs of all active permissions. */
BH_MUST_USE
enum bh_err bh_permission_active_size(struct bh_db *db, int64_t agent, size_t *ret_bytes);
/* How many of an agent's permissions are in force, need a person besides, or were revoked. */
struct bh_permission_posture {
    int64_t active, approval_gated, revoked;
};
BH_MUST_USE
enum bh_err bh_permission_read_posture(
    struct bh_db *db, int64_t agent, struct bh_permission_posture *ret_posture);
/* *ret_changed is false when it was revoked already. Does not bump the policy. */
BH_MUST_USE
enum bh_err bh_permission_revoke(struct bh_db *db, int64_t permission, int64_t now_ms, bool *ret_changed);
/* Best effort stamp; a permission id that is gone is no error. */
BH_MUST_USE
enum bh_err bh_permission_touch(struct bh_db *db, struct bh_span permission_id, int64_t used_at_ms);
/*
 * What a decision needs: all active permissions and the newest BH_REVOKED_KEPT revoked ones, sorted newest
 * first, in `arena`, parsed.
 */
#define BH_REVOKED_KEPT 50
BH_MUST_USE
enum bh_err bh_permission_load_policy(struct bh_db *db, int64_t agent, struct bh_arena *arena,
    struct bh_permission **ret_permissions, size_t *ret_count);

/* ---- developer tokens -----------------------------------------------------------------------------------
 */

struct bh_token_record {
    int64_t id, account;
    int64_t owner_person; /* who made it; 0 = made on the server's command line */
    enum bh_role role;   /* what it may do now: its maker's part in the account, owner for the server's own */
    bool email_verified; /* its maker's */
    struct bh_span token_id, name, preview, account_id;
    struct bh_span user_id, email; /* its maker's, or absent */
    int64_t created_at, last_used_at;
};

BH_MUST_USE
enum bh_err bh_token_create(
    struct bh_db *db, const struct bh_token_record *token, const struct bh_sha256 *token_hash);
BH_MUST_USE
enum bh_err bh_token_find_by_hash(struct bh_db *db, const struct bh_sha256 *token_hash,
    struct bh_arena *arena, struct bh_token_record *ret_token);
BH_MUST_USE
/* Of one maker, or of all of them (0). */
enum bh_err bh_token_list(struct bh_db *db, int64_t account, int64_t owner_person, size_t limit,
    struct bh_arena *arena, struct bh_token_record **ret_tokens, size_t *ret_count);
/* Of one maker; 0 = those made on the server's command line. */
BH_MUST_USE
enum bh_err bh_token_count(struct bh_db *db, int64_t account, int64_t owner_person, size_t *ret_count);
BH_MUST_USE
enum bh_err bh_token_touch(struct bh_db *db, int64_t token, int64_t now_ms);
/* Of one maker, or of any (0). BH_ERR_NOT_FOUND when there is no such token. */
BH_MUST_USE
enum bh_err bh_token_delete(struct bh_db *db, int64_t account, int64_t owner_person, struct bh_span token_id);
/* All of one maker, in every account. */
BH_MUST_USE
enum bh_err bh_token_delete_of_person(struct bh_db *db, int64_t owner_person);

/* ---- approvals ------------------------------------------------------------------------------------------
 */

struct bh_approval_record {
    int64_t id, account, agent; /* internal */
    struct bh_span approval_id, agent_id, permission_id, action;
    struct bh_span vendor;      /* absent = null */
    struct bh_span fingerprint; /* hex, or absent */
    struct bh_span target_kind; /* "command", "file_path", or absent */
    struct bh_span target;      /* the whole canonical value, or absent */
    double amount;
    bool has_amount;
    int64_t request_row;        /* audit id of the call that opened it */
    int64_t grant_minutes;      /* how long it may be used once it is approved */
    struct bh_span status;      /* "pending" "approved" "denied" "used" "expired" */
    struct bh_span resolved_by; /* the person's e-mail, or BH_RESOLVED_BY_COMMAND */
    int64_t created_at, expires_at, resolved_at, grant_expires_at, used_at; /* 0 = not */
    /* Only read: */
    struct bh_span agent_name;
    int64_t owner_person;                      /* who made the agent; 0 = the server's command line */
    int64_t key_person;                        /* who was last given its key; likewise */
    struct bh_span owner_user_id, owner_email; /* absent without a person */
    bool has_request;                          /* the row of the call is still in the log, whole */
    uint64_t request_salt;                     /* with request_row its request id */
};

#define BH_RESOLVED_BY_COMMAND "admin command"

#define BH_APPROVAL_PENDING_MS (7 * INT64_C(86400000)) /* a request nobody answers ends after 7 days */
#define BH_APPROVAL_GRANT_MAX_MS (BH_GRANT_MINUTES_MAX * INT64_C(60000))
#define BH_APPROVAL_COOLDOWN_MS INT64_C(60000) /* after a denial nobody is asked the same for so long */
#define BH_APPROVAL_PENDING_MAX 100            /* requests of one agent that wait at the same time */

/*
 * The tuple of an approval is account, agent, permission_id, action, vendor, amount, fingerprint of `wanted`;
 * absent values count as equal to each other. Spends an unexpired, unused grant of exactly that tuple; one
 * winner. BH_ERR_NOT_FOUND when there is none.
 */
BH_MUST_USE
enum bh_err bh_approval_consume(struct bh_db *db, const struct bh_approval_record *wanted, int64_t now_ms,
    struct bh_arena *arena, struct bh_span *ret_approval_id);
/*
 * The pending request of that tuple, made when there is none (then `wanted->approval_id` is its id and
 * *ret_created is true). An expired pending one is closed and replaced. No new one is made, with
 * BH_ERR_APPROVAL_COOLDOWN, less than BH_APPROVAL_COOLDOWN_MS after a denial of the same tuple, and, with
 * BH_ERR_APPROVAL_LIMIT, while BH_APPROVAL_PENDING_MAX unexpired ones of the agent are pending.
 */
BH_MUST_USE
enum bh_err bh_approval_request(struct bh_db *db, const struct bh_approval_record *wanted, int64_t now_ms,
    struct bh_arena *arena, struct bh_span *ret_approval_id, bool *ret_created);
/* The denial of that tuple that keeps a new request from being made; BH_ERR_NOT_FOUND when there is none. */
BH_MUST_USE
enum bh_err bh_approval_find_denied(struct bh_db *db, const struct bh_approval_record *wanted, int64_t now_ms,
    struct bh_arena *arena, struct bh_span *ret_approval_id);
/* What the list shows; absent and 0 = whatever. */
struct bh_approval_filter {
    int64_t account;
    int64_t agent;
    struct bh_span status;                   /* as shown: also "expired" */
    struct bh_span action;                   /* looked for along the account's or the agent's own */
    const struct bh_approval_record *before; /* only what is older than this one; NULL = from the newest */
    size_t limit;
};
/* Newest first. What is past its time has the status "expired" here. Reads no more rows of an account or of
 * an agent than it returns, but for those that ended in the last week and those of another action. */
BH_MUST_USE
enum bh_err bh_approval_list(struct bh_db *db, const struct bh_approval_filter *filter, int64_t now_ms,
    struct bh_arena *arena, struct bh_approval_record **ret_approvals, size_t *ret_count);
/* How many of the account wait, counted up to BH_APPROVALS_COUNTED. */
#define BH_APPROVALS_COUNTED 1000
BH_MUST_USE
enum bh_err bh_approval_count_pending(struct bh_db *db, int64_t account, int64_t now_ms, int64_t *ret_count);
/* Up to where the changes of all accounts are known. */
struct bh_approval_mark {
    int64_t number;  /* of the newest change */
    int64_t time_ms; /* what expires until then has expired */
};
BH_MUST_USE
enum bh_err bh_approval_mark_read(struct bh_db *db, int64_t now_ms, struct bh_approval_mark *ret_mark);
/*
 * Those of all accounts that have changed or expired after `after` up to `now_ms`, as they are now, each
 * once, in the order of their changes, at most `limit`: more when *ret_count is `limit`. `visit` gets rows
 * that live until it returns.
 */
BH_MUST_USE
enum bh_err bh_approval_read_changed(struct bh_db *db, const struct bh_approval_mark *after, int64_t now_ms,
    size_t limit, struct bh_arena *arena,
    void (*visit)(void *context, const struct bh_approval_record *approval), void *context,
    size_t *ret_count);
/* Of any account, shown as in the list. BH_ERR_APPROVAL_NOT_FOUND when there is none. */
BH_MUST_USE
enum bh_err bh_approval_find(struct bh_db *db, struct bh_span approval_id, int64_t now_ms,
    struct bh_arena *arena, struct bh_approval_record *ret_approval);
/*
 * Approve or deny a pending, unexpired request (account 0 = of any account). BH_ERR_APPROVAL_NOT_FOUND
 * otherwise; BH_ERR_APPROVAL_UNBOUND when approving a bindable action that has no fingerprint.
 */
BH_MUST_USE
enum bh_err bh_approval_resolve(struct bh_db *db, int64_t account, struct bh_span approval_id, bool approve,
    struct bh_span resolved_by, int64_t now_ms, int64_t *ret_grant_expires_at);
/*
 * Removes at most `limit`, oldest first, that ended before `older_than`: denied, used, or past their time.
 * They are found by when they were made, so one may stay longer by as long as a request can live.
 */
BH_MUST_USE
enum bh_err bh_approval_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed);

/* ---- idempotency keys -----------------------------------------------------------------------------------
 */

#define BH_IDEMPOTENCY_MS INT64_C(86400000)

/*
 * The answer stored for (agent, key): BH_ERR_NOT_FOUND when there is none younger than 24 hours,
 * BH_ERR_IDEMPOTENCY_CONFLICT when it was given for another body.
 */
BH_MUST_USE
enum bh_err bh_idempotency_find(struct bh_db *db, int64_t agent, const struct bh_sha256 *key_hash,
    const struct bh_sha256 *body_hash, int64_t now_ms, struct bh_arena *arena, struct bh_span *ret_answer);
/* Replaces an older one of the same key. `now_ms` and `request_row`: of the entry of the log it tells of. */
BH_MUST_USE
enum bh_err bh_idempotency_put(struct bh_db *db, int64_t agent, const struct bh_sha256 *key_hash,
    const struct bh_sha256 *body_hash, int64_t now_ms, int64_t request_row, struct bh_span answer);
/* Removes at most `limit` that are older than 24 hours. */
BH_MUST_USE
enum bh_err bh_idempotency_purge(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_removed);

#endif
