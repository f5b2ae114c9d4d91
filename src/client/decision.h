// SPDX-License-Identifier: Apache-2.0
/*
 * One question to the policy decision point and its answer, for everything that asks before it acts: the
 * commands `verify` and `run`, the hooks, the MCP server and the interceptor. What cannot be asked, or whose
 * answer cannot be understood in full, is BH_OUTCOME_UNKNOWN, and that is to be treated as a denial.
 */
#ifndef BH_CLIENT_DECISION_H
#define BH_CLIENT_DECISION_H

#include "client/client.h"

enum bh_outcome {
    BH_OUTCOME_UNKNOWN = 0, /* no decision: client->error says why */
    BH_OUTCOME_DENIED,
    BH_OUTCOME_APPROVAL, /* a person must approve first */
    BH_OUTCOME_ALLOWED,
};

struct bh_question {
    const char *agent_id, *action;
    const char *vendor, *resource; /* or NULL */
    const double *amount;          /* or NULL */
    const json_t *metadata;        /* an object that is recorded with the decision, or NULL */
    const json_t *policy_context;  /* an object that the rules look at and nobody records, or NULL */
    bool shadow;                   /* record the decision, enforce nothing */
};

struct bh_decision {
    enum bh_outcome outcome;
    json_t *answer; /* as the server gave it; NULL when the outcome is unknown */
    /* Parts of `answer`; "" where it has none. */
    const char *request_id, *approval_id, *reason, *risk;
};

/* Asks once, within the client's patience. `client` decides, by `quiet`, whether errors are printed here. */
void bh_decision_ask(
    struct bh_client *client, const struct bh_question *question, struct bh_decision *ret_decision);
void bh_decision_finish(struct bh_decision *decision);

enum bh_approval_state {
    BH_APPROVAL_UNKNOWN = 0, /* could not be read: client->error says why */
    BH_APPROVAL_PENDING,
    BH_APPROVAL_APPROVED, /* ask again with the same question: the next decision may use the grant */
    BH_APPROVAL_OVER,     /* denied, expired or used */
};

/*
 * What became of an approval: asks once, and the server answers when a person has decided or after `wait_s`
 * seconds (0 to 60). `client->patience_ms` is raised for it.
 */
BH_MUST_USE
enum bh_approval_state bh_decision_wait(struct bh_client *client, const char *approval_id, int wait_s);

#endif
