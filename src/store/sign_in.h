// SPDX-License-Identifier: Apache-2.0
/*
 * Ways to sign in that wait for something: device logins and links sent by mail. Codes and tokens come and
 * are kept as hashes only. Times are milliseconds since 1970. Writing is done inside a write transaction.
 */
#ifndef BH_STORE_SIGN_IN_H
#define BH_STORE_SIGN_IN_H

#include "store/people.h"

/* ---- device logins --------------------------------------------------------------------------------------
 */

#define BH_DEVICE_LIFE_MS (15 * INT64_C(60000))
#define BH_DEVICE_OPEN_MAX 10000 /* that wait at the same time, in all */

enum bh_device_status { BH_DEVICE_EXPIRED = 0, BH_DEVICE_PENDING, BH_DEVICE_DENIED, BH_DEVICE_AUTHORIZED };

/* BH_ERR_DEVICE_LIMIT when too many are open, BH_ERR_CONFLICT when one of the codes is taken. */
BH_MUST_USE
enum bh_err bh_device_login_create(struct bh_db *db, const struct bh_sha256 *device_hash,
    const struct bh_sha256 *user_code_hash, int64_t now_ms);
/* What is not there has expired. */
BH_MUST_USE
enum bh_err bh_device_login_status(
    struct bh_db *db, const struct bh_sha256 *device_hash, int64_t now_ms, enum bh_device_status *ret_status);
/*
 * A person answers: yes, for work in `account`, or no. BH_ERR_DEVICE_CODE when no such request waits for an
 * answer, BH_ERR_DEVICE_CODE_EXPIRED when it did.
 */
BH_MUST_USE
enum bh_err bh_device_login_answer(struct bh_db *db, const struct bh_sha256 *user_code_hash, bool authorize,
    int64_t person, int64_t account, int64_t now_ms);
/* Removes an authorized, unexpired one and says for whom it was; BH_ERR_NOT_FOUND for any other. One winner.
 */
BH_MUST_USE
enum bh_err bh_device_login_take(struct bh_db *db, const struct bh_sha256 *device_hash, int64_t now_ms,
    int64_t *ret_person, int64_t *ret_account);
/* Those that a person has authorized and nobody has taken yet. */
BH_MUST_USE
enum bh_err bh_device_login_delete_of_person(struct bh_db *db, int64_t person);
/* Removes at most `limit` that have expired. */
BH_MUST_USE
enum bh_err bh_device_login_purge(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_removed);

/* ---- links sent by mail ---------------------------------------------------------------------------------
 */

#define BH_RESET_LIFE_MS (60 * INT64_C(60000))
#define BH_VERIFY_LIFE_MS (24 * INT64_C(3600000))

enum bh_mail_purpose { BH_MAIL_RESET = 0, BH_MAIL_VERIFY };

/* Replaces an older one of the same person and purpose. */
BH_MUST_USE
enum bh_err bh_mail_token_create(struct bh_db *db, const struct bh_sha256 *token_hash, int64_t person,
    enum bh_mail_purpose purpose, int64_t now_ms);
/* Whose it is; BH_ERR_NOT_FOUND for an unknown or expired one, or one for another purpose. */
BH_MUST_USE
enum bh_err bh_mail_token_find(struct bh_db *db, const struct bh_sha256 *token_hash,
    enum bh_mail_purpose purpose, int64_t now_ms, int64_t *ret_person);
/* The same, and removes it. One winner. */
BH_MUST_USE
enum bh_err bh_mail_token_take(struct bh_db *db, const struct bh_sha256 *token_hash,
    enum bh_mail_purpose purpose, int64_t now_ms, int64_t *ret_person);
/* All of a person. */
BH_MUST_USE
enum bh_err bh_mail_token_delete_of_person(struct bh_db *db, int64_t person, enum bh_mail_purpose purpose);
/* Removes at most `limit` that have expired. */
BH_MUST_USE
enum bh_err bh_mail_token_purge(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_removed);

#endif
