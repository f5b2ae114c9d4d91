// SPDX-License-Identifier: Apache-2.0
#include "store/people.h"

#include "store/db.h"

#define COLUMNS "id, user_id, email, password, is_operator, email_verified, created_at"

enum bh_err bh_person_create(struct bh_db *db, const struct bh_person_record *person, int64_t *ret_id)
{
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO person (user_id, email, password, is_operator, email_verified, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (email) DO NOTHING RETURNING id");
    bh_stmt_bind_text(stmt, 1, person->user_id);
    bh_stmt_bind_text(stmt, 2, person->email);
    bh_stmt_bind_text(stmt, 3, person->password);
    bh_stmt_bind_int(stmt, 4, person->is_operator);
    bh_stmt_bind_int(stmt, 5, person->email_verified);
    bh_stmt_bind_int(stmt, 6, person->created_at);
    enum bh_err err = bh_stmt_one_int(stmt, ret_id);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_CONFLICT : err;
}

static enum bh_err read_person(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_person)
{
    struct bh_person_record person = {
        .id = bh_stmt_int(stmt, 0),
        .is_operator = bh_stmt_int(stmt, 4) != 0,
        .email_verified = bh_stmt_int(stmt, 5) != 0,
        .created_at = bh_stmt_int(stmt, 6),
    };
    struct bh_span *const texts[] = {&person.user_id, &person.email, &person.password};
    enum bh_err err = bh_stmt_copy_texts(stmt, 1, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_person_record *)ret_person = person;
    return err;
}

enum bh_err bh_person_find(
    struct bh_db *db, int64_t person, struct bh_arena *arena, struct bh_person_record *ret_person)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " COLUMNS " FROM person WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, person);
    return bh_stmt_read_one(stmt, read_person, arena, ret_person);
}

enum bh_err bh_person_find_by_email(
    struct bh_db *db, struct bh_span email, struct bh_arena *arena, struct bh_person_record *ret_person)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT " COLUMNS " FROM person WHERE email = $1");
    bh_stmt_bind_text(stmt, 1, email);
    return bh_stmt_read_one(stmt, read_person, arena, ret_person);
}

static enum bh_err read_without_password(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_person)
{
    enum bh_err err = read_person(stmt, arena, ret_person);
    if (err == BH_OK)
        ((struct bh_person_record *)ret_person)->password = BH_ABSENT;
    return err;
}

enum bh_err bh_person_list(struct bh_db *db, int64_t after, size_t limit, struct bh_arena *arena,
    struct bh_person_record **ret_people, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_person_record), read_without_password};
    void *people = NULL;
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT " COLUMNS " FROM person WHERE id > $1 ORDER BY id LIMIT $2");
    bh_stmt_bind_int(stmt, 1, after);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &people, ret_count);
    if (err == BH_OK)
        *ret_people = people;
    return err;
}

enum bh_err bh_person_count_operators(struct bh_db *db, size_t *ret_count)
{
    return bh_stmt_one_size(
        bh_db_statement(db, "SELECT count(*) FROM person WHERE is_operator <> 0"), ret_count);
}

enum bh_err bh_person_set_password(struct bh_db *db, int64_t person, struct bh_span password, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE person SET password = $2, updated_at = $3 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, person);
    bh_stmt_bind_text(stmt, 2, password);
    bh_stmt_bind_int(stmt, 3, now_ms);
    return bh_stmt_run_or(stmt, BH_ERR_NOT_FOUND);
}

enum bh_err bh_person_set_verified(struct bh_db *db, int64_t person, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE person SET email_verified = 1, updated_at = $2 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, person);
    bh_stmt_bind_int(stmt, 2, now_ms);
    return bh_stmt_run(stmt);
}

enum bh_err bh_person_set_operator(struct bh_db *db, int64_t person, int64_t now_ms)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "UPDATE person SET is_operator = 1, updated_at = $2 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, person);
    bh_stmt_bind_int(stmt, 2, now_ms);
    return bh_stmt_run(stmt);
}
