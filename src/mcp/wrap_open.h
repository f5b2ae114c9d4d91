// SPDX-License-Identifier: Apache-2.0
/*
 * The requests of the client that have no answer yet, by their identifiers (JSON texts): those that are being
 * decided, and those that the server has. Bounded.
 */
#ifndef BH_MCP_WRAP_OPEN_H
#define BH_MCP_WRAP_OPEN_H

#include "mcp/wrap_asker.h"

#define BH_WRAP_OPEN_MAX 1024

struct bh_wrap_open {
    char *id;
    struct bh_wrap_job *job; /* being decided; the asker has it. NULL: the server has the request */
    json_t *policy;          /* of a tools/list whose answer is to be cut, or NULL */
};

struct bh_wrap_opens {
    struct bh_wrap_open items[BH_WRAP_OPEN_MAX];
    size_t count;
    size_t judging;    /* of them with a job */
    size_t held_bytes; /* of their lines */
};

void bh_wrap_opens_finish(struct bh_wrap_opens *opens);
struct bh_wrap_open *bh_wrap_opens_find(struct bh_wrap_opens *opens, struct bh_span id);
/* NULL when there is no room or memory. `job` may be NULL. */
struct bh_wrap_open *bh_wrap_opens_add(
    struct bh_wrap_opens *opens, struct bh_span id, struct bh_wrap_job *job);
/* Decided: from now on the server has it. */
void bh_wrap_opens_pass(struct bh_wrap_opens *opens, struct bh_wrap_open *open);
void bh_wrap_opens_remove(struct bh_wrap_opens *opens, struct bh_wrap_open *open);

#endif
