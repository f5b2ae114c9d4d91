// SPDX-License-Identifier: Apache-2.0
/*
 * The public state of the server, for a status page.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "http/reply.h"
#include "http/status.h"

struct component {
    const char *group, *name; /* those of one group follow each other */
    enum bh_state state;
    bool is_vital; /* without it nothing is decided */
};

static enum bh_state overall(const struct component *components, size_t count)
{
    enum bh_state state = BH_STATE_OPERATIONAL;
    for (size_t i = 0; i < count; i++) {
        enum bh_state own = components[i].state;
        if (own == BH_STATE_OUTAGE && !components[i].is_vital)
            own = BH_STATE_DEGRADED;
        state = own < state ? own : state;
    }
    return state;
}

static void add_component(struct bh_buf *out, const struct component *component)
{
    bh_json_add_separator(out);
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "name", bh_span_from(component->name));
    bh_json_add_text_member(out, "status", bh_span_from(bh_state_text(component->state)));
    bh_buf_add_char(out, '}');
}

static void add_groups(struct bh_buf *out, const struct component *components, size_t count)
{
    const char *group = NULL;
    for (size_t i = 0; i < count; i++) {
        if (components[i].group != group) {
            bh_buf_add_text(out, group == NULL ? "{" : "]},{");
            bh_json_add_text_member(out, "group", bh_span_from(components[i].group));
            bh_buf_add_text(out, ",\"components\":[");
        }
        group = components[i].group;
        add_component(out, &components[i]);
    }
    bh_buf_add_text(out, "]}");
}

void bh_api_status(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char decisions[] = "Decisions";
    static const char actions[] = "Actions";
    struct bh_status_report report;
    bh_status_get(app->status, app, &report);
    const struct component components[] = {
        {decisions, "API", BH_STATE_OPERATIONAL, true},
        {decisions, "Database", report.database, true},
        {decisions, "Recording", report.recording, true},
        {actions, "Webhook delivery", report.delivery, false},
        {actions, "Action gateway", report.gateway, false},
    };
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(
        body, "overall", bh_span_from(bh_state_text(overall(components, BH_COUNT(components)))));
    bh_buf_add_text(body, ",\"groupedComponents\":[");
    add_groups(body, components, BH_COUNT(components));
    bh_buf_add_text(body, "],\"incidents\":[]}");
    bh_reply_cache(exchange, "public, max-age=0, s-maxage=15");
}
