// SPDX-License-Identifier: Apache-2.0
/*
 * THE WAY of a verify request: parse, authenticate, evaluate, commit, answer. Each step is one file beside
 * verify.c.
 */
#ifndef BH_VERIFY_VERIFY_H
#define BH_VERIFY_VERIFY_H

#include "commit/committer.h"
#include "core/event.h"
#include "core/fingerprint.h"
#include "http/server.h"
#include "lib/json.h"
#include "store/executions.h"
#include "store/request_id.h"
#include "verify/parse.h"
#include "verify/snapshot.h"

struct bh_app;

/* What the caller is told; the zero value is a deny. */
struct bh_verify_answer {
    char request_id[BH_REQUEST_ID_TEXT];
    enum bh_outcome outcome;
    enum bh_risk risk;
    enum bh_reason reason;
    struct bh_span approval_id; /* absent when no request was made or found and no grant was spent */
    bool shadow;                /* the above is what would have been answered */
};

/* One request on its way. Lives in the exchange's arena. */
struct bh_verification {
    struct bh_commit_job job; /* first, so that the committer's job is the verification */
    struct bh_app *app;
    struct bh_exchange *exchange;
    json_t *body;
    struct bh_verify_request request;
    struct bh_span error_detail;
    struct bh_snapshot *snapshot;
    struct bh_sha256 key_hash;
    bool unsupported; /* nothing can carry it out: what policy does not deny is denied for that */
    const struct bh_execution
        *execution;              /* what starts with the decision if that allows it; NULL = nothing */
    bool decided_in_transaction; /* on a snapshot that no other transaction may rely on */
    int64_t now_ms;              /* the time of the decision */
    int64_t valid_until;         /* from then on an expiry may change it */
    uint64_t salt;               /* of the request id */
    struct bh_decision decision; /* of the evaluation, before approvals */
    struct bh_target target;     /* what an approval of it binds to */
    struct bh_span metadata;     /* as it is recorded; absent = none */
    bool idempotent;
    struct bh_sha256 idempotency_key, body_hash;
    struct bh_span replay; /* the stored answer of an earlier call; absent = this call decides */
    struct bh_verify_answer answer;
    struct bh_span denied_approval;    /* the denial that keeps a person from being asked again; or absent */
    int64_t request_row, recorded_at;  /* of the audit row, once there is one */
    enum bh_event_type approval_event; /* what the gate did; BH_EVENT_TYPES = nothing to tell */
    enum bh_err
        refused; /* found out in the transaction, before anything was written: the answer is this error */
};

/* POST /api/verify. Runs on an I/O thread and does not block. */
void bh_verify_handle(struct bh_app *app, struct bh_exchange *exchange);

/* authenticate.c: key -> snapshot. `with_token`: a developer token beside the key must be valid and of the
 * agent's account; else it is not looked at. */
BH_MUST_USE
enum bh_err bh_verify_authenticate(struct bh_verification *verification, bool with_token);
/* evaluate.c: snapshot and request -> decision and target, at `now_ms`. Pure but for the arena; repeatable.
 */
BH_MUST_USE
enum bh_err bh_verify_evaluate(struct bh_verification *verification, int64_t now_ms);
/* record.c: on the committer thread, in its transaction: still current? grant, approval request, audit row,
 * events. */
BH_MUST_USE
enum bh_err bh_verify_record(struct bh_commit_job *job, const struct bh_commit_context *context);
/* announce.c: on the committer thread, in its transaction: the event of the decision, if somebody wants it.
 */
BH_MUST_USE
enum bh_err bh_verify_announce(
    const struct bh_verification *verification, const struct bh_commit_context *context);
/*
 * replay.c: on the committer thread, in its transaction. Finding sets `replay`, or is BH_ERR_NOT_FOUND when
 * this call must be decided, or BH_ERR_IDEMPOTENCY_CONFLICT when the key was used with another body.
 */
BH_MUST_USE
enum bh_err bh_verify_replay_find(
    struct bh_verification *verification, const struct bh_commit_context *context);
BH_MUST_USE
enum bh_err bh_verify_replay_store(
    struct bh_verification *verification, const struct bh_commit_context *context);
/* answer.c: counts a decision that is recorded. */
void bh_verify_answer_count(const struct bh_verify_answer *answer);
/* answer.c: the decision as the caller reads it. */
void bh_verify_answer_write(const struct bh_verify_answer *answer, struct bh_buf *out);

#endif
