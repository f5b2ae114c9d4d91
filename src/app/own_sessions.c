// SPDX-License-Identifier: Apache-2.0
#include "app/accounts.h"

struct end {
    int64_t person, session;
    struct bh_span session_id;
    bool was_present;
    size_t count;
};

/* Whoever was signed out a moment ago signs nobody out any more. */
static enum bh_err check_caller(struct bh_db *db, const struct end *end)
{
    enum bh_err err = bh_session_check(db, end->session, end->person);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_AUTH_REQUIRED : err;
}

static enum bh_err write_end(void *argument, const struct bh_commit_context *context)
{
    struct end *end = argument;
    int64_t ended = 0;
    enum bh_err err = check_caller(context->db, end);
    if (err != BH_OK)
        return err;
    err = bh_session_delete_by_id(context->db, end->person, end->session_id, context->now_ms, &ended);
    end->was_present = ended == end->session;
    return err == BH_ERR_NOT_FOUND ? BH_ERR_SESSION_NOT_FOUND : err;
}

enum bh_err bh_own_sessions_end(
    struct bh_app *app, int64_t person, int64_t session, struct bh_span session_id, bool *ret_was_present)
{
    struct end end = {.person = person, .session = session, .session_id = session_id};
    enum bh_err err = bh_committer_run(app->committer, write_end, NULL, &end);
    if (err == BH_OK)
        *ret_was_present = end.was_present;
    return err;
}

static enum bh_err write_end_others(void *argument, const struct bh_commit_context *context)
{
    struct end *end = argument;
    enum bh_err err = check_caller(context->db, end);
    if (err == BH_OK)
        err = bh_session_count(context->db, end->person, end->session, context->now_ms, &end->count);
    if (err == BH_OK)
        err = bh_session_delete_of_person(context->db, end->person, end->session);
    if (err == BH_OK)
        err = bh_device_login_delete_of_person(context->db, end->person);
    return err;
}

enum bh_err bh_own_sessions_end_others(struct bh_app *app, int64_t person, int64_t session, size_t *ret_count)
{
    struct end end = {.person = person, .session = session};
    enum bh_err err = bh_committer_run(app->committer, write_end_others, NULL, &end);
    if (err == BH_OK)
        *ret_count = end.count;
    return err;
}
