// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_open.h"

#include <stdlib.h>
#include <string.h>

static void forget_job(struct bh_wrap_opens *opens, struct bh_wrap_open *open)
{
    if (open->job == NULL)
        return;
    opens->judging--;
    opens->held_bytes -= open->job->line_len;
    open->job = NULL;
}

void bh_wrap_opens_finish(struct bh_wrap_opens *opens)
{
    while (opens != NULL && opens->count > 0)
        bh_wrap_opens_remove(opens, &opens->items[opens->count - 1]);
}

struct bh_wrap_open *bh_wrap_opens_find(struct bh_wrap_opens *opens, struct bh_span id)
{
    for (size_t i = 0; i < opens->count; i++) {
        if (bh_span_equal(bh_span_from(opens->items[i].id), id))
            return &opens->items[i];
    }
    return NULL;
}

struct bh_wrap_open *bh_wrap_opens_add(
    struct bh_wrap_opens *opens, struct bh_span id, struct bh_wrap_job *job)
{
    if (opens->count >= BH_WRAP_OPEN_MAX)
        return NULL;
    char *copy = strndup(id.data, id.len);
    if (copy == NULL)
        return NULL;
    struct bh_wrap_open *open = &opens->items[opens->count++];
    *open = (struct bh_wrap_open){.id = copy, .job = job};
    if (job != NULL) {
        opens->judging++;
        opens->held_bytes += job->line_len;
    }
    return open;
}

void bh_wrap_opens_pass(struct bh_wrap_opens *opens, struct bh_wrap_open *open)
{
    forget_job(opens, open);
}

void bh_wrap_opens_remove(struct bh_wrap_opens *opens, struct bh_wrap_open *open)
{
    forget_job(opens, open);
    free(open->id);
    json_decref(open->policy);
    *open = opens->items[--opens->count];
}
