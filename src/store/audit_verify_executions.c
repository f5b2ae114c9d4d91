// SPDX-License-Identifier: Apache-2.0
#include "store/audit_verify_executions.h"

static void tell(struct bh_execution_check *check, enum bh_audit_finding_kind kind, int64_t row)
{
    const struct bh_audit_finding finding = {kind, row, row};
    check->intact = false;
    if (check->on_finding != NULL)
        check->on_finding(check->context, &finding);
}

static enum bh_err step(struct bh_execution_check *check)
{
    enum bh_err err = bh_stmt_step(check->stmt);
    if (err != BH_OK) {
        check->stmt = NULL;
        return err == BH_ERR_NOT_FOUND ? BH_OK : err;
    }
    bh_execution_read(check->stmt, &check->next);
    check->has_mac = bh_stmt_sha256(check->stmt, BH_EXECUTION_COLUMN_COUNT, &check->mac);
    return BH_OK;
}

enum bh_err bh_execution_check_start(struct bh_execution_check *check, const struct bh_server_key *key)
{
    check->key = bh_execution_key(key);
    check->stmt = bh_db_statement(check->db,
        "SELECT " BH_EXECUTION_COLUMNS ", mac FROM execution WHERE audit_row >= $1 ORDER BY audit_row");
    bh_stmt_bind_int(check->stmt, 1, check->from);
    return step(check);
}

void bh_execution_check_finish(struct bh_execution_check *check)
{
    if (check->stmt != NULL)
        bh_stmt_end(check->stmt);
    check->stmt = NULL;
    bh_wipe(&check->key, sizeof(check->key));
}

static bool is_recorded(const struct bh_execution_check *check, const struct bh_sha256 *content)
{
    struct bh_sha256 mac;
    return check->has_mac && bh_execution_mac(&check->key, &check->next, content, &mac) &&
           bh_equal_constant_time(bh_sha256_span(&mac), bh_sha256_span(&check->mac));
}

enum bh_err bh_execution_check_row(
    struct bh_execution_check *check, const struct bh_stored_row *stored, const struct bh_sha256 *content)
{
    int64_t id = stored->row.id;
    enum bh_err err = BH_OK;
    while (err == BH_OK && check->stmt != NULL && check->next.audit_row < id) {
        tell(check, BH_AUDIT_EXECUTION_STRAY, check->next.audit_row);
        err = step(check);
    }
    if (err != BH_OK)
        return err;
    bool wanted = !stored->erased && stored->row.executes;
    bool found = check->stmt != NULL && check->next.audit_row == id;
    if (wanted && !found)
        tell(check, BH_AUDIT_EXECUTION_MISSING, id);
    if (!found)
        return BH_OK;
    if (!wanted)
        tell(check, BH_AUDIT_EXECUTION_STRAY, id);
    else if (content == NULL || !is_recorded(check, content))
        tell(check, BH_AUDIT_EXECUTION_ALTERED, id);
    else
        check->count++;
    return step(check);
}

enum bh_err bh_execution_check_rest(struct bh_execution_check *check)
{
    enum bh_err err = BH_OK;
    while (err == BH_OK && check->stmt != NULL) {
        tell(check, BH_AUDIT_EXECUTION_STRAY, check->next.audit_row);
        err = step(check);
    }
    return err;
}
