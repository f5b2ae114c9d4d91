// SPDX-License-Identifier: Apache-2.0
/*
 * One pass over the audit log, oldest row first, in constant memory: in one go, or in steps while the log
 * goes on, each in a view of the database of its own. Steps that have come to the end follow what is new.
 *
 * In steps, rows may be removed or erased on both sides of where the pass stands. What that makes unknowable
 * is left out: how many rows of an erasure are blank is only counted when the trail of erasures was the same
 * for the whole pass.
 */
#ifndef BH_STORE_AUDIT_PASS_H
#define BH_STORE_AUDIT_PASS_H

#include "store/audit.h"

struct bh_audit_pass;

struct bh_audit_pass_options {
    const struct bh_server_key *key;    /* the caller's, as long as the pass lives */
    const struct bh_audit_known *known; /* likewise; NULL = none */
    size_t names;                       /* of agents that are remembered; a power of two */
    bh_audit_finding_fn *on_finding;    /* NULL = nobody wants to know */
    bh_audit_progress_fn *on_progress;  /* likewise */
    void *context;
};

BH_MUST_USE
enum bh_err bh_audit_pass_create(
    const struct bh_audit_pass_options *options, struct bh_audit_pass **ret_pass);
/* Accepts NULL. */
void bh_audit_pass_destroy(struct bh_audit_pass *pass);

/*
 * In a read transaction: looks at the next rows, at most `limit`. *ret_at_end: none is left in this view, and
 * the signed end of the log was held against them. On an error that is not about what was found, call again.
 */
BH_MUST_USE
enum bh_err bh_audit_pass_step(struct bh_audit_pass *pass, struct bh_db *db, size_t limit, bool *ret_at_end);
/* What was found so far. */
void bh_audit_pass_report(const struct bh_audit_pass *pass, struct bh_audit_report *ret_report);
/* The last row that was looked at; what retention has removed counts as looked at. */
int64_t bh_audit_pass_through(const struct bh_audit_pass *pass);

#endif
