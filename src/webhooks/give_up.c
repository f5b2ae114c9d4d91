// SPDX-License-Identifier: Apache-2.0
#include "webhooks/give_up.h"

#include <stdio.h>
#include <stdlib.h>

#include "commit/outbox.h"
#include "lib/json.h"
#include "lib/log.h"
#include "webhooks/schedule.h"

#define REASON "No delivery has succeeded for 3 days."
#define REASON_DAYS 3

_Static_assert(BH_WEBHOOK_FAILING_MS / INT64_C(86400000) == REASON_DAYS, "the reason says so");

struct giving_up {
    struct bh_commit_job job; /* first: the committer's handle */
    int64_t account, version;
    char webhook_id[BH_ID_TEXT];
    bool changed;
    atomic_int *failed;
};

bool bh_give_up_is_due(const struct bh_endpoint *endpoint, int64_t now_ms)
{
    return bh_schedule_gives_up(&endpoint->failing, now_ms);
}

static enum bh_err tell_others(const struct giving_up *giving_up, const struct bh_commit_context *context)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf data = {0};
    bh_buf_init(&data, 1024);
    bh_buf_add_char(&data, '{');
    bh_json_add_text_member(&data, "webhookId", bh_span_from(giving_up->webhook_id));
    bh_json_add_text_member(&data, "reason", BH_SPAN(REASON));
    bh_buf_add_char(&data, '}');
    if (data.failed)
        return BH_ERR_NO_MEMORY;
    return bh_outbox_add(context, giving_up->account, 0, 0, BH_EVENT_WEBHOOK_DISABLED, bh_buf_span(&data));
}

static enum bh_err apply(struct bh_commit_job *job, const struct bh_commit_context *context)
{
    struct giving_up *giving_up = (struct giving_up *)job;
    enum bh_err err = bh_webhook_give_up(context->db, giving_up->account, bh_span_from(giving_up->webhook_id),
        giving_up->version, BH_SPAN(REASON), context->now_ms, &giving_up->changed);
    if (err == BH_OK && giving_up->changed)
        err = tell_others(giving_up, context);
    return err;
}

static void done(struct bh_commit_job *job, enum bh_err result)
{
    struct giving_up *giving_up = (struct giving_up *)job;
    if (result != BH_OK && result != BH_ERR_WEBHOOK_NOT_FOUND)
        atomic_fetch_add(giving_up->failed, 1);
    else if (result == BH_OK && giving_up->changed)
        bh_log(
            BH_LOG_WARN, "a webhook was disabled", "webhook", giving_up->webhook_id, "reason", REASON, NULL);
    free(giving_up);
}

enum bh_err bh_give_up(const struct bh_endpoint *endpoint, struct bh_committer *committer, atomic_int *failed)
{
    struct giving_up *giving_up = calloc(1, sizeof(*giving_up));
    if (giving_up == NULL)
        return BH_ERR_NO_MEMORY;
    giving_up->job = (struct bh_commit_job){.apply = apply, .done = done, .isolated = true};
    giving_up->account = endpoint->target.account;
    giving_up->version = endpoint->version; /* who has changed it meanwhile, is not overruled */
    giving_up->failed = failed;
    snprintf(giving_up->webhook_id, sizeof(giving_up->webhook_id), "%s", endpoint->webhook_id);
    enum bh_err err = bh_committer_submit(committer, &giving_up->job);
    if (err != BH_OK)
        free(giving_up);
    return err;
}
