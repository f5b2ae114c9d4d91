// SPDX-License-Identifier: Apache-2.0
#include "store/audit_names.h"

#include <stdlib.h>
#include <string.h>

struct bh_agent_name {
    int64_t agent; /* 0 = free */
    size_t length;
    char text[BH_ID_TEXT];
};

enum bh_err bh_agent_names_init(struct bh_agent_names *names, size_t count)
{
    *names = (struct bh_agent_names){.slots = calloc(count, sizeof(struct bh_agent_name)), .count = count};
    return names->slots == NULL ? BH_ERR_NO_MEMORY : BH_OK;
}

void bh_agent_names_finish(struct bh_agent_names *names)
{
    free(names->slots);
    *names = (struct bh_agent_names){.slots = NULL};
}

enum bh_err bh_agent_names_find(
    struct bh_agent_names *names, struct bh_db *db, int64_t agent, struct bh_span *ret_agent_id)
{
    struct bh_agent_name *name = &names->slots[(size_t)agent & (names->count - 1)];
    if (name->agent == agent && agent != 0) {
        *ret_agent_id = (struct bh_span){name->text, name->length};
        return BH_OK;
    }
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT agent_id FROM agent WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, agent);
    enum bh_err err = bh_stmt_step(stmt);
    if (err == BH_ERR_NOT_FOUND) {
        *ret_agent_id = BH_ABSENT;
        return BH_OK;
    }
    if (err != BH_OK)
        return err;
    struct bh_span agent_id = bh_stmt_text(stmt, 0);
    if (bh_span_is_absent(agent_id) || agent_id.len >= BH_ID_TEXT) {
        bh_stmt_end(stmt); /* no such id is ever made */
        *ret_agent_id = BH_ABSENT;
        return BH_OK;
    }
    memcpy(name->text, agent_id.data, agent_id.len);
    name->agent = agent;
    name->length = agent_id.len;
    bh_stmt_end(stmt);
    *ret_agent_id = (struct bh_span){name->text, name->length};
    return BH_OK;
}
