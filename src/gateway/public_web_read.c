// SPDX-License-Identifier: Apache-2.0
/*
 * Reading one public web page: browse_web on web. What a look at the URL alone can refuse is refused before
 * the decision; everything else is gateway/fetch.h.
 */
#include "gateway/executor.h"

#include "app/app.h"
#include "lib/json.h"

#define ARENA_FIRST 8192
#define ARENA_LIMIT (4u << 20)
#define RESULT_LIMIT (256u << 10)
#define RECORD_UNITS 1000 /* of a target, are recorded */

static const char *const keys[] = {"url", NULL};

/* As it is recorded: what a query says is the caller's business, and cannot be told from a secret. */
static enum bh_err add_target(struct bh_arena *arena, struct bh_span url, struct bh_span *ret_target)
{
    struct bh_span kept;
    bool has_query;
    bh_url_for_record(url, &kept, &has_query);
    struct bh_span start = bh_span_utf16_prefix(kept, RECORD_UNITS);
    bool is_cut = start.len < kept.len;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_URL_MAX);
    bh_buf_add(&text, start);
    bh_buf_add_text(&text, is_cut ? "..." : has_query ? "?..." : "");
    return !text.failed && bh_arena_copy(arena, bh_buf_span(&text), ret_target) ? BH_OK : BH_ERR_NO_MEMORY;
}

static enum bh_err validate(struct bh_action *action, const json_t *input, struct bh_span *ret_detail)
{
    (void)ret_detail; /* the texts name the field */
    struct bh_span text = bh_span_trim(bh_json_member_text(input, "url"));
    struct bh_fetch *fetch = bh_arena_alloc(action->arena, sizeof(*fetch));
    if (fetch == NULL)
        return BH_ERR_NO_MEMORY;
    if (text.len == 0)
        return BH_ERR_GATEWAY_URL_REQUIRED;
    enum bh_err err = bh_url_parse(text, &action->app->config->gateway_urls, action->arena, &fetch->url);
    if (err == BH_OK)
        err = bh_fetcher_judge(action->app->fetcher, &fetch->url);
    if (err == BH_OK)
        err = add_target(action->arena, fetch->url.text, &action->execution.target);
    if (err == BH_OK)
        action->plan = fetch;
    return err;
}

static enum bh_err enter(struct bh_action *action)
{
    return bh_fetcher_enter(action->app->fetcher, action->account);
}

static void leave(struct bh_action *action)
{
    bh_fetcher_leave(action->app->fetcher, action->account);
}

static struct bh_span or_empty(struct bh_span text)
{
    return bh_span_is_absent(text) ? BH_SPAN("") : text;
}

static void write_result(const struct bh_fetch_result *page, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "url", page->url);
    bh_json_add_key(out, "status");
    bh_buf_add_int(out, page->status);
    bh_json_add_text_member(out, "contentType", or_empty(page->media_type));
    bh_json_add_text_member(out, "title", page->title);
    bh_json_add_text_member(out, "excerpt", or_empty(page->excerpt));
    bh_json_add_bool_member(out, "truncated", page->truncated);
    bh_buf_add_char(out, '}');
}

static enum bh_err take(struct bh_action *action, const struct bh_fetch_result *page)
{
    struct bh_execution *execution = &action->execution;
    execution->http_status = page->status;
    execution->bytes = page->bytes;
    execution->duration_ms = page->duration_ms;
    if (!bh_span_is_absent(page->url) &&
        add_target(action->arena, page->url, &execution->final_target) != BH_OK)
        return BH_ERR_GATEWAY_FAILED;
    if (page->err != BH_OK)
        return page->err;
    bh_buf_init(&action->result, RESULT_LIMIT);
    write_result(page, &action->result);
    return action->result.failed ? BH_ERR_GATEWAY_FAILED : BH_OK;
}

/* On the fetch thread. */
static void done(struct bh_fetch *fetch)
{
    struct bh_action *action = fetch->owner;
    action->error = take(action, &fetch->result);
    bh_arena_finish(&fetch->arena);
    action->ended(action);
}

static void run(struct bh_action *action)
{
    struct bh_fetch *fetch = action->plan;
    fetch->done = done;
    fetch->owner = action;
    bh_arena_init(&fetch->arena, ARENA_FIRST, ARENA_LIMIT);
    bh_fetcher_submit(action->app->fetcher, fetch);
}

const struct bh_executor bh_executor_public_web_read = {
    .name = "public_web_read",
    .action = "browse_web",
    .resource = "web",
    .keys = keys,
    .validate = validate,
    .enter = enter,
    .leave = leave,
    .run = run,
};
