// SPDX-License-Identifier: Apache-2.0
/*
 * What the gateway can do: one executor for each kind of action, in one table. The next one is one file and
 * one line of the table.
 */
#ifndef BH_GATEWAY_EXECUTOR_H
#define BH_GATEWAY_EXECUTOR_H

#include <jansson.h>

#include "gateway/fetch.h"
#include "lib/buf.h"
#include "store/executions.h"

struct bh_app;

/* One action on its way. The executor's own members are behind `plan`. */
struct bh_action {
    struct bh_app *app;
    struct bh_arena *arena;
    const struct bh_executor *executor;
    int64_t account;
    void *plan; /* made by validate */
    /* Filled in by the executor, before it calls `ended`: */
    struct bh_execution execution; /* state, final_target, http_status, bytes, error, duration_ms */
    enum bh_err error;             /* when it failed */
    struct bh_buf result;          /* the answer's "result", one JSON value, when it succeeded */
    /* The gateway's; from any thread, once. */
    void (*ended)(struct bh_action *action);
};

struct bh_executor {
    const char *name, *action, *resource;
    const char *const *keys; /* of its input, ended by NULL; others are refused before it is asked */
    /*
     * Everything that can be refused before the decision. Fills in action->plan and execution.target. The
     * error is the answer, its detail in *ret_detail.
     */
    enum bh_err (*validate)(struct bh_action *action, const json_t *input, struct bh_span *ret_detail);
    /* A place for it, before the decision, so that nothing is spent on an action that cannot run. */
    enum bh_err (*enter)(struct bh_action *action);
    void (*leave)(struct bh_action *action);
    /* Starts it; does not block. After the decision is durable. */
    void (*run)(struct bh_action *action);
};

extern const struct bh_executor bh_executor_public_web_read;

/* NULL when there is none for that action on that resource. */
const struct bh_executor *bh_executor_find(struct bh_span action, struct bh_span resource);
/* A key of that executor's input; `executor` NULL: of any. */
bool bh_executor_has_key(const struct bh_executor *executor, struct bh_span key);

#endif
