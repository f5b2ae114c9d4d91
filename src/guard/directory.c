// SPDX-License-Identifier: Apache-2.0
#include "guard/directory.h"

/* ---- the address ---- */

static enum bh_err explain(enum bh_err err)
{
    switch (err) {
    case BH_OK:
    case BH_ERR_NO_MEMORY:
        return err;
    case BH_ERR_GATEWAY_URL_HOST:
    case BH_ERR_GATEWAY_URL_ADDRESS:
        return BH_ERR_DIRECTORY_HOST;
    case BH_ERR_GATEWAY_URL_PORT:
        return BH_ERR_DIRECTORY_PORT;
    default:
        return BH_ERR_DIRECTORY_URL;
    }
}

enum bh_err bh_directory_url(struct bh_span origin, const struct bh_url_policy *gateway_urls,
    struct bh_arena *arena, struct bh_url *ret_url)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_url_policy policy = *gateway_urls;
    policy.https_only = true;
    bh_buf_init(&text, BH_URL_MAX);
    bh_buf_add(&text, origin);
    bh_buf_add_text(&text, BH_DIRECTORY_PATH);
    if (text.failed)
        return BH_ERR_NO_MEMORY;
    return explain(bh_url_parse(bh_buf_span(&text), &policy, arena, ret_url));
}

/* ---- the answer ---- */

static bool is_json(struct bh_span media_type)
{
    static const char *const types[] = {
        "application/http-message-signatures-directory+json", "application/jwk-set+json", "application/json"};
    for (size_t i = 0; i < BH_COUNT(types); i++)
        if (bh_span_equal(media_type, bh_span_from(types[i])))
            return true;
    return false;
}

static struct bh_span explain_status(int status, struct bh_arena *arena)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_span copy = BH_SPAN("The directory did not answer with status 200.");
    bh_buf_init(&text, 64);
    bh_buf_addf(&text, "The directory answered with status %d.", status);
    if (text.failed || !bh_arena_copy(arena, bh_buf_span(&text), &copy))
        return BH_SPAN("The directory did not answer with status 200.");
    return copy;
}

bool bh_directory_judge(const struct bh_fetch_result *result, struct bh_span url, struct bh_arena *arena,
    struct bh_signature_key **ret_keys, size_t *ret_count, struct bh_span *ret_error)
{
    if (result->err != BH_OK)
        *ret_error = bh_span_from(bh_err_info(result->err)->text);
    else if (!bh_span_equal(result->url, url))
        *ret_error = BH_SPAN("The directory redirects, which a directory must not.");
    else if (result->status != 200)
        *ret_error = explain_status(result->status, arena);
    else if (!is_json(result->media_type))
        *ret_error = BH_SPAN("The directory's media type is not JSON.");
    else if (result->truncated)
        *ret_error = BH_SPAN("The directory is longer than 64 KB.");
    else if (!bh_key_directory_read(result->body, arena, ret_keys, ret_count))
        *ret_error = BH_SPAN("The directory has no Ed25519 key that could be used.");
    else
        return true;
    return false;
}

/* ---- the next attempt ---- */

int64_t bh_directory_wait_ms(int64_t failures)
{
    int64_t wait_ms = BH_DIRECTORY_RETRY_MS;
    if (failures == 0)
        return BH_DIRECTORY_EVERY_MS;
    for (; failures > 1 && wait_ms < BH_DIRECTORY_EVERY_MS; failures--)
        wait_ms *= 2;
    return wait_ms < BH_DIRECTORY_EVERY_MS ? wait_ms : BH_DIRECTORY_EVERY_MS;
}

/* An attempt that is still to come was made before the clock was set back. */
int64_t bh_directory_asked_at(int64_t attempted_at, int64_t now_ms)
{
    int64_t since_ms = now_ms - attempted_at;
    if (since_ms < 0)
        since_ms = 0;
    return since_ms < BH_DIRECTORY_PAUSE_MS ? now_ms + BH_DIRECTORY_PAUSE_MS - since_ms : now_ms;
}
