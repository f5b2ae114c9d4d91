// SPDX-License-Identifier: Apache-2.0
/*
 * What the tests of verification share: erasing and retention on the fixture's log, and passes in steps.
 */
#ifndef BH_TESTS_UNIT_AUDIT_FIXTURE_H
#define BH_TESTS_UNIT_AUDIT_FIXTURE_H

#include "store_fixture.h"

#include "store/audit_pass.h"
#include "store/reader.h"

static inline enum bh_err erase_row(struct store_fixture *fixture, int64_t account, int64_t id, uint64_t salt)
{
    char request_id[BH_REQUEST_ID_TEXT];
    bh_request_id_encode(id, salt, request_id);
    return bh_audit_erase(fixture->log, account, bh_span_from(request_id), BH_SPAN("user_x"), NOON);
}

static inline uint64_t salt_of(const struct store_fixture *fixture, int64_t id)
{
    char sql[96];
    snprintf(sql, sizeof(sql), "SELECT salt FROM audit WHERE id = %lld", (long long)id);
    return (uint64_t)fixture_sql_int(fixture, sql);
}

static inline void erase(struct store_fixture *fixture, int64_t id)
{
    uint64_t salt = salt_of(fixture, id);
    fixture_begin(fixture);
    ok(erase_row(fixture, fixture->account, id, salt));
    fixture_commit(fixture);
}

static inline size_t retain(struct store_fixture *fixture, int64_t older_than, size_t limit)
{
    size_t removed = 99;
    fixture_begin(fixture);
    ok(bh_audit_retain(fixture->log, older_than, limit, &removed));
    fixture_commit(fixture);
    return removed;
}

static inline void keep_first(void *context, const struct bh_audit_finding *finding)
{
    struct bh_audit_finding *first = context;
    if (first->first == 0 && finding->kind != BH_AUDIT_ERASED)
        *first = *finding;
}

static inline struct bh_audit_pass *start_pass(
    const struct store_fixture *fixture, struct bh_audit_finding *first)
{
    struct bh_audit_pass *pass;
    const struct bh_audit_pass_options options = {
        .key = &fixture->key, .names = 4, .on_finding = keep_first, .context = first};
    *first = (struct bh_audit_finding){.first = 0};
    ok(bh_audit_pass_create(&options, &pass));
    return pass;
}

/* One step; whether it has come to the end. */
static inline bool step(const struct store_fixture *fixture, struct bh_audit_pass *pass, size_t limit)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    bool at_end = false;
    ok(bh_reader_open(fixture->store, &reader));
    ok(bh_audit_pass_step(pass, reader.db, limit, &at_end));
    return at_end;
}

static inline bool is_intact(const struct bh_audit_pass *pass)
{
    struct bh_audit_report report;
    bh_audit_pass_report(pass, &report);
    return report.intact;
}

#endif
