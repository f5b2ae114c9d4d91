// SPDX-License-Identifier: Apache-2.0
#include "store/people.h"

#include "store/db.h"

#define SELECT_MEMBERS                                                                                       \
    "SELECT m.id, m.account, m.person, m.role, m.created_at, m.member_id, a.account_id, a.name, p.user_id, " \
    "p.email FROM member m JOIN account a ON a.id = m.account JOIN person p ON p.id = m.person "

#define INSERT_MEMBER                                                                                        \
    "INSERT INTO member (member_id, account, person, role, created_at) VALUES ($1, $2, $3, $4, $5) "         \
    "ON CONFLICT (account, person) "

static enum bh_err insert(struct bh_stmt *stmt, const char *member_id, int64_t account, int64_t person,
    enum bh_role role, int64_t now_ms)
{
    bh_stmt_bind_text(stmt, 1, bh_span_from(member_id));
    bh_stmt_bind_int(stmt, 2, account);
    bh_stmt_bind_int(stmt, 3, person);
    bh_stmt_bind_text(stmt, 4, bh_span_from(bh_role_text(role)));
    bh_stmt_bind_int(stmt, 5, now_ms);
    return bh_stmt_run(stmt);
}

enum bh_err bh_member_create(struct bh_db *db, const char *member_id, int64_t account, int64_t person,
    enum bh_role role, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db, INSERT_MEMBER "DO NOTHING");
    enum bh_err err = insert(stmt, member_id, account, person, role, now_ms);
    return err == BH_OK && bh_db_changes(db) == 0 ? BH_ERR_CONFLICT : err;
}

enum bh_err bh_member_put(struct bh_db *db, const char *member_id, int64_t account, int64_t person,
    enum bh_role role, int64_t now_ms)
{
    struct bh_stmt *stmt = bh_db_statement(db, INSERT_MEMBER "DO UPDATE SET role = excluded.role");
    return insert(stmt, member_id, account, person, role, now_ms);
}

enum bh_err bh_member_role(struct bh_db *db, int64_t account, int64_t person, enum bh_role *ret_role)
{
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT role FROM member WHERE account = $1 AND person = $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, person);
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    *ret_role = bh_role_find(bh_stmt_text(stmt, 0));
    bh_stmt_end(stmt);
    return BH_OK;
}

static enum bh_err read_member(struct bh_stmt *stmt, struct bh_arena *arena, void *ret_member)
{
    struct bh_member_record member = {
        .id = bh_stmt_int(stmt, 0),
        .account = bh_stmt_int(stmt, 1),
        .person = bh_stmt_int(stmt, 2),
        .role = bh_role_find(bh_stmt_text(stmt, 3)),
        .created_at = bh_stmt_int(stmt, 4),
    };
    struct bh_span *const texts[] = {
        &member.member_id, &member.account_id, &member.account_name, &member.user_id, &member.email};
    enum bh_err err = bh_stmt_copy_texts(stmt, 5, arena, texts, BH_COUNT(texts));
    if (err == BH_OK)
        *(struct bh_member_record *)ret_member = member;
    return err;
}

static enum bh_err read_all(struct bh_stmt *stmt, size_t limit, struct bh_arena *arena,
    struct bh_member_record **ret_members, size_t *ret_count)
{
    static const struct bh_stmt_item item = {sizeof(struct bh_member_record), read_member};
    void *members = NULL;
    enum bh_err err = bh_stmt_read_all(stmt, &item, limit, arena, &members, ret_count);
    if (err == BH_OK)
        *ret_members = members;
    return err;
}

enum bh_err bh_member_list(struct bh_db *db, int64_t account, size_t limit, struct bh_arena *arena,
    struct bh_member_record **ret_members, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_MEMBERS "WHERE m.account = $1 ORDER BY m.id LIMIT $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    return read_all(stmt, limit, arena, ret_members, ret_count);
}

enum bh_err bh_member_list_accounts(struct bh_db *db, int64_t person, size_t limit, struct bh_arena *arena,
    struct bh_member_record **ret_members, size_t *ret_count)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_MEMBERS "WHERE m.person = $1 ORDER BY m.id LIMIT $2");
    bh_stmt_bind_int(stmt, 1, person);
    bh_stmt_bind_int(stmt, 2, (int64_t)limit);
    return read_all(stmt, limit, arena, ret_members, ret_count);
}

enum bh_err bh_member_find(struct bh_db *db, int64_t account, struct bh_span member_id,
    struct bh_arena *arena, struct bh_member_record *ret_member)
{
    struct bh_stmt *stmt = bh_db_statement(db, SELECT_MEMBERS "WHERE m.account = $1 AND m.member_id = $2");
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_text(stmt, 2, member_id);
    return bh_stmt_read_one(stmt, read_member, arena, ret_member);
}

enum bh_err bh_member_set_role(struct bh_db *db, int64_t member, enum bh_role role)
{
    struct bh_stmt *stmt = bh_db_statement(db, "UPDATE member SET role = $2 WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, member);
    bh_stmt_bind_text(stmt, 2, bh_span_from(bh_role_text(role)));
    return bh_stmt_run(stmt);
}

static enum bh_err run_for_member(struct bh_stmt *stmt, int64_t account, int64_t person)
{
    bh_stmt_bind_int(stmt, 1, account);
    bh_stmt_bind_int(stmt, 2, person);
    return bh_stmt_run(stmt);
}

enum bh_err bh_member_delete(struct bh_db *db, int64_t account, int64_t person)
{
    enum bh_err err = run_for_member(
        bh_db_statement(db, "DELETE FROM session WHERE account = $1 AND person = $2"), account, person);
    if (err == BH_OK)
        err = run_for_member(
            bh_db_statement(db, "DELETE FROM developer_token WHERE account = $1 AND owner_person = $2"),
            account, person);
    if (err == BH_OK)
        err = run_for_member(bh_db_statement(db, "DELETE FROM invite WHERE account = $1 AND invited_by = $2"),
            account, person);
    if (err == BH_OK)
        err = run_for_member(
            bh_db_statement(db, "DELETE FROM member WHERE account = $1 AND person = $2"), account, person);
    return err == BH_OK && bh_db_changes(db) == 0 ? BH_ERR_NOT_FOUND : err;
}

static enum bh_err count_members(struct bh_stmt *stmt, int64_t account, size_t *ret_count)
{
    bh_stmt_bind_int(stmt, 1, account);
    return bh_stmt_one_size(stmt, ret_count);
}

enum bh_err bh_member_count(struct bh_db *db, int64_t account, size_t *ret_count)
{
    return count_members(
        bh_db_statement(db, "SELECT count(*) FROM member WHERE account = $1"), account, ret_count);
}

enum bh_err bh_member_count_owners(struct bh_db *db, int64_t account, size_t *ret_count)
{
    return count_members(
        bh_db_statement(db, "SELECT count(*) FROM member WHERE account = $1 AND role = 'owner'"), account,
        ret_count);
}
