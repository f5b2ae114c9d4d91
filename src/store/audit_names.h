// SPDX-License-Identifier: Apache-2.0
/*
 * The public ids of agents, by their internal ones: rows come in runs of few agents, so a few are remembered.
 */
#ifndef BH_STORE_AUDIT_NAMES_H
#define BH_STORE_AUDIT_NAMES_H

#include "store/db.h"

struct bh_agent_name;

struct bh_agent_names {
    struct bh_agent_name *slots;
    size_t count;
};

/* `count` names are remembered at most; a power of two. */
BH_MUST_USE
enum bh_err bh_agent_names_init(struct bh_agent_names *names, size_t count);
void bh_agent_names_finish(struct bh_agent_names *names);
/* The span lives until the next call. Absent when there is no such agent. */
BH_MUST_USE
enum bh_err bh_agent_names_find(
    struct bh_agent_names *names, struct bh_db *db, int64_t agent, struct bh_span *ret_agent_id);

#endif
