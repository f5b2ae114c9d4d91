// SPDX-License-Identifier: Apache-2.0
#include "store/audit_pass.h"

#include "store/db.h"

#define NAMES (1u << 17)

enum bh_err bh_audit_verify(struct bh_db *db, const struct bh_server_key *key,
    const struct bh_audit_known *known, bh_audit_finding_fn *on_finding, bh_audit_progress_fn *on_progress,
    void *context, struct bh_audit_report *ret_report)
{
    const struct bh_audit_pass_options options = {.key = key,
        .known = known,
        .names = NAMES,
        .on_finding = on_finding,
        .on_progress = on_progress,
        .context = context};
    struct bh_audit_pass *pass;
    struct bh_audit_report report;
    bool at_end;
    enum bh_err err = bh_audit_pass_create(&options, &pass);
    if (err != BH_OK)
        return err;
    err = bh_db_begin_read(db);
    if (err == BH_OK) {
        err = bh_audit_pass_step(pass, db, INT64_MAX, &at_end);
        bh_db_rollback(db);
    }
    bh_audit_pass_report(pass, &report);
    bh_audit_pass_destroy(pass);
    if (err != BH_OK)
        return err;
    if (on_progress != NULL)
        on_progress(context, report.rows, report.rows);
    *ret_report = report;
    return BH_OK;
}
