// SPDX-License-Identifier: Apache-2.0
#include "store/authority.h"

#include "store/db.h"
#include "store/people.h"

static enum bh_err check_role(struct bh_db *db, const struct bh_authority *authority)
{
    enum bh_role role = BH_ROLE_NONE;
    enum bh_err err = bh_member_role(db, authority->account, authority->person, &role);
    if (err != BH_OK)
        return err == BH_ERR_NOT_FOUND ? BH_ERR_NOT_A_MEMBER : err;
    return bh_role_allows(role, authority->may) ? BH_OK : BH_ERR_ROLE;
}

/* By its person too: the ids of rows that are gone are given out again. */
static enum bh_err check_session(struct bh_db *db, const struct bh_authority *authority)
{
    int64_t count;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT COUNT(*) FROM session WHERE id = $1 AND person = $2");
    bh_stmt_bind_int(stmt, 1, authority->session);
    bh_stmt_bind_int(stmt, 2, authority->person);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    return err == BH_OK && count == 0 ? BH_ERR_AUTH_REQUIRED : err;
}

static enum bh_err check_token(struct bh_db *db, const struct bh_authority *authority)
{
    int64_t count;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT COUNT(*) FROM developer_token WHERE id = $1 AND "
                                               "account = $2 AND coalesce(owner_person, 0) = $3");
    bh_stmt_bind_int(stmt, 1, authority->token);
    bh_stmt_bind_int(stmt, 2, authority->account);
    bh_stmt_bind_int(stmt, 3, authority->person);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    return err == BH_OK && count == 0 ? BH_ERR_DEVELOPER_TOKEN : err;
}

static enum bh_err check_operator(struct bh_db *db, const struct bh_authority *authority)
{
    int64_t count;
    struct bh_stmt *stmt =
        bh_db_statement(db, "SELECT COUNT(*) FROM person WHERE id = $1 AND is_operator <> 0");
    bh_stmt_bind_int(stmt, 1, authority->person);
    enum bh_err err = bh_stmt_one_int(stmt, &count);
    if (err != BH_OK)
        return err;
    return count == 0 || authority->session == 0 ? BH_ERR_OPERATOR : check_session(db, authority);
}

enum bh_err bh_authority_check(struct bh_db *db, const struct bh_authority *authority)
{
    if (authority == NULL)
        return BH_OK;
    if (authority->may == BH_MAY_OPERATE)
        return check_operator(db, authority);
    enum bh_err err = authority->person == 0 ? BH_OK : check_role(db, authority);
    if (err != BH_OK)
        return err;
    return authority->token != 0 ? check_token(db, authority) : check_session(db, authority);
}
