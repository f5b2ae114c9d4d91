// SPDX-License-Identifier: Apache-2.0
#include "commit/outbox.h"

#include <stdio.h>

#include "commit/account_facts.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/timefmt.h"
#include "store/events.h"

#define PAYLOAD_LIMIT 65536

enum bh_err bh_outbox_wants(
    const struct bh_commit_context *context, int64_t account, enum bh_event_type type, bool *ret_wanted)
{
    const struct bh_account_facts *facts;
    enum bh_err err = bh_account_facts_find(context, account, &facts);
    if (err == BH_OK)
        *ret_wanted = (facts->event_mask & bh_event_bit(type)) != 0;
    return err;
}

void bh_outbox_finish(struct bh_outbox *outbox)
{
    bh_buf_finish(&outbox->payload);
}

static enum bh_err find_next_id(const struct bh_commit_context *context)
{
    struct bh_outbox *outbox = context->outbox;
    if (outbox->epoch == context->epoch)
        return BH_OK;
    enum bh_err err = bh_event_next_id(context->db, &outbox->next_id);
    if (err == BH_OK)
        outbox->epoch = context->epoch;
    return err;
}

static void write_payload(struct bh_buf *out, const struct bh_event_record *event, const char *event_id,
    const char *account_id, struct bh_span data)
{
    char created_at[BH_TIME_TEXT];
    bh_time_format(event->created_at, created_at);
    bh_buf_addf(out,
        "{\"eventId\":\"%s\",\"type\":\"%s\",\"createdAt\":\"%s\",\"accountId\":\"%s\",\"data\":", event_id,
        bh_event_type_text(event->type), created_at, account_id);
    bh_buf_add(out, data);
    bh_buf_add_char(out, '}');
}

static enum bh_err append(const struct bh_commit_context *context, struct bh_event_record *event,
    const struct bh_account_facts *facts, struct bh_span data, char *ret_event_id)
{
    struct bh_outbox *outbox = context->outbox;
    char event_id[BH_RECORD_ID_TEXT];
    enum bh_err err = find_next_id(context);
    if (err != BH_OK)
        return err;
    event->id = outbox->next_id;
    event->salt = bh_random_u64();
    event->created_at = context->now_ms;
    bh_event_id_encode(event->id, event->salt, event_id);
    if (outbox->payload.limit == 0)
        bh_buf_init(&outbox->payload, PAYLOAD_LIMIT);
    bh_buf_clear(&outbox->payload);
    write_payload(&outbox->payload, event, event_id, facts->account_id, data);
    if (outbox->payload.failed)
        return BH_ERR_NO_MEMORY;
    event->payload = bh_buf_span(&outbox->payload);
    err = bh_event_append(context->db, event);
    if (err != BH_OK)
        return err;
    outbox->next_id++;
    outbox->added = true;
    if (ret_event_id != NULL)
        snprintf(ret_event_id, BH_ID_TEXT, "%s", event_id);
    return BH_OK;
}

enum bh_err bh_outbox_add(const struct bh_commit_context *context, int64_t account, int64_t agent,
    int64_t request_row, enum bh_event_type type, struct bh_span data)
{
    const struct bh_account_facts *facts;
    enum bh_err err = bh_account_facts_find(context, account, &facts);
    if (err != BH_OK || (facts->event_mask & bh_event_bit(type)) == 0)
        return err;
    struct bh_event_record event = {
        .account = account, .agent = agent, .request_row = request_row, .type = type};
    return append(context, &event, facts, data, NULL);
}

enum bh_err bh_outbox_add_for(const struct bh_commit_context *context, int64_t account, int64_t webhook,
    enum bh_event_type type, struct bh_span data, char ret_event_id[BH_ID_TEXT])
{
    const struct bh_account_facts *facts;
    enum bh_err err = bh_account_facts_find(context, account, &facts);
    if (err != BH_OK)
        return err;
    struct bh_event_record event = {.account = account, .only_webhook = webhook, .type = type};
    return append(context, &event, facts, data, ret_event_id);
}
