// SPDX-License-Identifier: Apache-2.0
/*
 * One site guard check on its way; the steps are the files beside this one.
 */
#ifndef BH_GUARD_INQUIRY_H
#define BH_GUARD_INQUIRY_H

#include "commit/committer.h"
#include "guard/guard.h"
#include "guard/parse.h"
#include "guard/site_snapshot.h"
#include "lib/json.h"
#include "lib/random.h"

/* Texts of visitors, without what looks like a secret. */
struct bh_site_kept {
    struct bh_span path, user_agent, agent_identifier;
};

/* Lives in the exchange's arena. */
struct bh_inquiry {
    struct bh_commit_job job; /* first, so that the committer's job is the inquiry */
    struct bh_app *app;
    struct bh_exchange *exchange;
    bool by_proxy; /* asks with headers, and reads the status */
    json_t *body;
    struct bh_site_request request;
    struct bh_span error_detail;
    struct bh_site_snapshot *snapshot; /* NULL: the account has no such site */
    struct bh_sha256 key_hash;         /* of a site key */
    struct bh_authority authority;     /* of a developer token in its place; token 0 = there is none */
    bool decided_in_transaction;       /* on a snapshot that no other transaction may rely on */
    int64_t now_ms;                    /* the time of the decision */
    struct bh_bot_identity identity;
    struct bh_site_decision decision;
    struct bh_site_kept kept; /* what the access log keeps of the request */
    char request_id[BH_ID_TEXT];
    enum bh_err
        refused; /* found out in the transaction, before anything was written: the answer is this error */
};

/* authenticate.c: site key, or developer token and name of the site -> snapshot. */
BH_MUST_USE
enum bh_err bh_inquiry_authenticate(struct bh_inquiry *inquiry);
/* evaluate.c: snapshot and request -> signature and decision, at `now_ms`. Pure but for the arena;
 * repeatable. */
BH_MUST_USE
enum bh_err bh_inquiry_evaluate(struct bh_inquiry *inquiry, int64_t now_ms);
/* record.c: request -> kept, before the inquiry goes to the committer. */
BH_MUST_USE
enum bh_err bh_inquiry_redact(struct bh_inquiry *inquiry);
/* record.c: on the committer thread, in its transaction: still current? then the access log's entry. */
BH_MUST_USE
enum bh_err bh_inquiry_record(struct bh_commit_job *job, const struct bh_commit_context *context);
/* answer.c: what the caller reads. */
void bh_inquiry_answer(struct bh_inquiry *inquiry);
void bh_inquiry_answer_error(struct bh_inquiry *inquiry, enum bh_err err);

#endif
