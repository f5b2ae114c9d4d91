// SPDX-License-Identifier: Apache-2.0
/*
 * Guarded sites: the sites themselves, their rules, keys, trusted key directories and access log. The rules
 * of store.h hold. Every write that changes what a check may answer must be followed by bh_site_bump() in the
 * same transaction.
 */
#ifndef BH_STORE_SITES_H
#define BH_STORE_SITES_H

#include "core/site_rules.h"
#include "store/store.h"

#define BH_SITES_MAX 100                /* of an account */
#define BH_SITE_RULES_MAX 200           /* of a site, whatever their status */
#define BH_SITE_RULES_SIZE (256u << 10) /* bytes of text in all rules of a site */
#define BH_SITE_KEYS_MAX 20             /* active ones of a site */
#define BH_SITE_DIRECTORIES_MAX 20
#define BH_ACCOUNT_DIRECTORIES_MAX 500 /* of all sites of an account */
#define BH_DIRECTORIES_ASKED_MAX 10    /* of an account, that somebody waits for */
#define BH_DIRECTORIES_AT_ONCE 8       /* fetched, each of another account */
/* How long keys that were fetched count after they came; what refuses to be read cannot keep an old key
 * alive. */
#define BH_DIRECTORY_KEYS_LIVE_MS INT64_C(86400000)
#define BH_SITE_PATHS_MAX 40 /* in one list of a rule */

struct bh_site_record {
    int64_t id, account;                          /* internal */
    struct bh_span site_id, name, domain, status; /* "active" or "disabled" */
    int64_t policy_version, created_at, updated_at;
};

/*
 * Reads account, site_id, name, domain, created_at; it is active. BH_ERR_SITE_DOMAIN_TAKEN when the account
 * has the domain, BH_ERR_SITE_LIMIT when it has BH_SITES_MAX.
 */
BH_MUST_USE
enum bh_err bh_site_create(struct bh_db *db, const struct bh_site_record *site, int64_t *ret_id);
/* Of one account. BH_ERR_SITE_NOT_FOUND for another's and for a deleted one, as in all that follow. */
BH_MUST_USE
enum bh_err bh_site_find(struct bh_db *db, int64_t account, struct bh_span site_id, struct bh_arena *arena,
    struct bh_site_record *ret_site);
BH_MUST_USE
enum bh_err bh_site_find_by_domain(struct bh_db *db, int64_t account, struct bh_span domain,
    struct bh_arena *arena, struct bh_site_record *ret_site);
BH_MUST_USE
enum bh_err bh_site_find_by_id(
    struct bh_db *db, int64_t site, struct bh_arena *arena, struct bh_site_record *ret_site);
BH_MUST_USE
enum bh_err bh_site_count(struct bh_db *db, int64_t account, size_t *ret_count);
/* Newest first. */
BH_MUST_USE
enum bh_err bh_site_list(struct bh_db *db, int64_t account, size_t limit, struct bh_arena *arena,
    struct bh_site_record **ret_sites, size_t *ret_count);
/* Writes name and status of the site with site->id. */
BH_MUST_USE
enum bh_err bh_site_update(struct bh_db *db, const struct bh_site_record *site, int64_t now_ms);
/*
 * Removes the site with its rules, keys and directories. From then on nothing here finds it, and its domain
 * is free; the access log goes by bh_site_purge_deleted(). Bumps by itself.
 */
BH_MUST_USE
enum bh_err bh_site_delete(struct bh_db *db, int64_t account, struct bh_span site_id, int64_t now_ms);
/*
 * Removes at most `limit` rows of the access logs of sites that were deleted up to `deleted_until`; fewer
 * than that: nothing is left.
 */
BH_MUST_USE
enum bh_err bh_site_purge_deleted(struct bh_db *db, int64_t deleted_until, size_t limit, size_t *ret_removed);
/* Marks a change of what checks of the site answer: the site's version and the account's. */
BH_MUST_USE
enum bh_err bh_site_bump(struct bh_db *db, int64_t account, int64_t site);
/* BH_ERR_SITE_NOT_FOUND when it is deleted. An id is never given to another site. */
BH_MUST_USE
enum bh_err bh_site_policy_version(struct bh_db *db, int64_t site, int64_t *ret_version);

struct bh_site_rule_record {
    int64_t id, site; /* internal */
    struct bh_span rule_id, name, status;
    struct bh_span agent_identifier, user_agent_pattern, verified_agent, notes; /* absent = null */
    struct bh_span allowed_paths, blocked_paths;                                /* JSON array texts */
    bool requires_approval;
    int64_t created_at, updated_at;
};

/* Everything but the id is read. BH_ERR_SITE_RULE_LIMIT when the site has BH_SITE_RULES_MAX. */
BH_MUST_USE
enum bh_err bh_site_rule_create(struct bh_db *db, const struct bh_site_rule_record *rule, int64_t *ret_id);
/* BH_ERR_SITE_RULE_NOT_FOUND when the site has none of that id. */
BH_MUST_USE
enum bh_err bh_site_rule_find(struct bh_db *db, int64_t site, struct bh_span rule_id, struct bh_arena *arena,
    struct bh_site_rule_record *ret_rule);
/* Newest first (created_at, then rule_id, descending). */
BH_MUST_USE
enum bh_err bh_site_rule_list(struct bh_db *db, int64_t site, size_t limit, struct bh_arena *arena,
    struct bh_site_rule_record **ret_rules, size_t *ret_count);
/* Writes everything but ids and created_at, of the rule with rule->id. */
BH_MUST_USE
enum bh_err bh_site_rule_update(struct bh_db *db, const struct bh_site_rule_record *rule, int64_t now_ms);
BH_MUST_USE
enum bh_err bh_site_rule_delete(struct bh_db *db, int64_t site, struct bh_span rule_id);
BH_MUST_USE
enum bh_err bh_site_rule_count(struct bh_db *db, int64_t site, size_t *ret_count);
/* Bytes of text in all its rules, whatever their status; to be held against BH_SITE_RULES_SIZE. */
BH_MUST_USE
enum bh_err bh_site_rule_size(struct bh_db *db, int64_t site, size_t *ret_bytes);
/* The active rules as a check needs them, newest first, in the arena. */
BH_MUST_USE
enum bh_err bh_site_rule_load(struct bh_db *db, int64_t site, struct bh_arena *arena,
    struct bh_site_rule **ret_rules, size_t *ret_count);

struct bh_site_key_record {
    int64_t id, site, account;                    /* internal */
    struct bh_span key_id, name, preview, status; /* "active" or "revoked" */
    struct bh_sha256 key_hash;
    int64_t last_used_at, created_at, updated_at;
};

/* An active key, never used. BH_ERR_SITE_KEY_LIMIT when the site has BH_SITE_KEYS_MAX. */
BH_MUST_USE
enum bh_err bh_site_key_create(struct bh_db *db, const struct bh_site_key_record *key, int64_t *ret_id);
/* Whatever its status; with the account of its site. BH_ERR_NOT_FOUND when there is none. */
BH_MUST_USE
enum bh_err bh_site_key_find_by_hash(struct bh_db *db, const struct bh_sha256 *key_hash,
    struct bh_arena *arena, struct bh_site_key_record *ret_key);
BH_MUST_USE
enum bh_err bh_site_key_find(struct bh_db *db, int64_t site, struct bh_span key_id, struct bh_arena *arena,
    struct bh_site_key_record *ret_key);
/* The active ones first, of each status the newest first. */
BH_MUST_USE
enum bh_err bh_site_key_list(struct bh_db *db, int64_t site, size_t limit, struct bh_arena *arena,
    struct bh_site_key_record **ret_keys, size_t *ret_count);
BH_MUST_USE
enum bh_err bh_site_key_count_active(struct bh_db *db, int64_t site, size_t *ret_count);
/* BH_ERR_SITE_KEY_NOT_FOUND when it is unknown or revoked already. */
BH_MUST_USE
enum bh_err bh_site_key_revoke(struct bh_db *db, int64_t site, struct bh_span key_id, int64_t now_ms);
/* Leaves a revoked key and a later time as they are. */
BH_MUST_USE
enum bh_err bh_site_key_touch(struct bh_db *db, int64_t key, int64_t used_at);

struct bh_site_directory_record {
    int64_t id, site; /* internal */
    struct bh_span directory_id, url;
    bool is_pinned;
    struct bh_span keys;  /* JSON array text of {"kid","x"} */
    struct bh_span error; /* of the last attempt to fetch; absent = none */
    int64_t failures;     /* attempts since the last that did not fail */
    int64_t next_at;      /* when it is to be fetched, unless it is pinned */
    bool is_asked;        /* somebody waits for that */
    int64_t fetched_at, attempted_at, created_at, updated_at;
};

/*
 * BH_ERR_DIRECTORY_TAKEN when the site has that url; BH_ERR_DIRECTORY_LIMIT,
 * BH_ERR_ACCOUNT_DIRECTORY_LIMIT when the site or its account has too many.
 */
BH_MUST_USE
enum bh_err bh_site_directory_create(
    struct bh_db *db, const struct bh_site_directory_record *directory, int64_t *ret_id);
BH_MUST_USE
enum bh_err bh_site_directory_find(struct bh_db *db, int64_t site, struct bh_span directory_id,
    struct bh_arena *arena, struct bh_site_directory_record *ret_directory);
BH_MUST_USE
enum bh_err bh_site_directory_list(struct bh_db *db, int64_t site, struct bh_arena *arena,
    struct bh_site_directory_record **ret_directories, size_t *ret_count);
BH_MUST_USE
enum bh_err bh_site_directory_delete(struct bh_db *db, int64_t site, struct bh_span directory_id);
/*
 * Asks for it to be fetched at `next_at`. BH_ERR_DIRECTORIES_ASKED when the account waits for
 * BH_DIRECTORIES_ASKED_MAX others.
 */
BH_MUST_USE
enum bh_err bh_site_directory_ask(
    struct bh_db *db, int64_t account, const struct bh_site_directory_record *directory, int64_t next_at);

/* What decides which directory is fetched next. */
struct bh_directory_turn {
    int64_t now_ms;
    int64_t latest_ms; /* a time after that was set by a clock that has been set back since */
    int64_t busy[BH_DIRECTORIES_AT_ONCE]; /* accounts that are not asked; 0 = none */
};

/*
 * Of the accounts that have a directory due, the one whose turn was longest ago; of its directories, the one
 * that has been due the longest. BH_ERR_NOT_FOUND when nothing is due.
 */
BH_MUST_USE
enum bh_err bh_site_directory_next(struct bh_db *db, const struct bh_directory_turn *turn,
    struct bh_arena *arena, struct bh_site_directory_record *ret_directory, int64_t *ret_account);
/* When the next one of another account is due. BH_ERR_NOT_FOUND when there is none. */
BH_MUST_USE
enum bh_err bh_site_directory_soonest(
    struct bh_db *db, const struct bh_directory_turn *turn, int64_t *ret_next_at);
/*
 * Somebody fetches it now: it is the account's turn, nobody waits for it any more, and until `until` it is
 * not due. BH_ERR_DIRECTORY_NOT_FOUND when it is gone, or pinned.
 */
BH_MUST_USE
enum bh_err bh_site_directory_claim(struct bh_db *db, int64_t account,
    const struct bh_site_directory_record *directory, int64_t now_ms, int64_t until);

/* What became of a fetch. */
struct bh_directory_outcome {
    int64_t site;
    struct bh_span directory_id;
    struct bh_span keys;  /* absent = they stay as they are */
    struct bh_span error; /* absent = it went well */
    int64_t failures, next_at;
    int64_t asked_at; /* in the place of next_at when somebody has asked again meanwhile */
};

/* BH_ERR_DIRECTORY_NOT_FOUND when it is gone, or pinned: then nothing was written. */
BH_MUST_USE
enum bh_err bh_site_directory_fetched(
    struct bh_db *db, const struct bh_directory_outcome *outcome, int64_t now_ms);

/* ---- the access log -------------------------------------------------------------------------------------
 */

struct bh_site_check_record {
    int64_t site, number;
    struct bh_span request_id, rule_id, domain, path, user_agent, agent_identifier, verified_agent;
    enum bh_site_reason reason;
    int64_t created_at;
};

/* The newest number of the site; 0 = none. */
BH_MUST_USE
enum bh_err bh_site_check_last(struct bh_db *db, int64_t site, int64_t *ret_number);
BH_MUST_USE
enum bh_err bh_site_check_append(struct bh_db *db, const struct bh_site_check_record *check);
/* Newest first, those with number < `before` (0 = from the newest). */
BH_MUST_USE
enum bh_err bh_site_check_list(struct bh_db *db, int64_t site, int64_t before, size_t limit,
    struct bh_arena *arena, struct bh_site_check_record **ret_checks, size_t *ret_count);
/* Removes at most `limit` of one site or another that are older than `older_than`. */
BH_MUST_USE
enum bh_err bh_site_check_purge(struct bh_db *db, int64_t older_than, size_t limit, size_t *ret_removed);

#endif
