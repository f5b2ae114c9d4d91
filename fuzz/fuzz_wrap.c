// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever the interceptor passes on undecided holds no tools/call, also for a reader that takes the first or
 * the last of two members, does not mind case, and ends lines at a carriage return.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/json.h"
#include "mcp/wrap_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool says_call(const char *text)
{
    char letters[16] = {0};
    size_t len = 0;
    for (; *text != 0; text++) {
        if (isalpha((unsigned char)*text) && len + 1 < sizeof(letters))
            letters[len++] = (char)tolower((unsigned char)*text);
    }
    return strcmp(letters, "toolscall") == 0;
}

static bool is_call(json_t *message)
{
    const char *key;
    json_t *value;
    json_object_foreach(message, key, value)
    {
        if (strcasecmp(key, "method") == 0 && json_is_string(value) && says_call(json_string_value(value)))
            return true;
    }
    return false;
}

static void require_harmless(struct bh_span line)
{
    json_error_t error;
    size_t i;
    json_t *item;
    json_t *json = json_loadb(line.data, line.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    require(!is_call(json));
    json_array_foreach(json, i, item) require(!is_call(item));
    json_decref(json);
}

static void require_pieces_harmless(struct bh_span line)
{
    while (line.len > 0) {
        const char *end = memchr(line.data, '\r', line.len);
        size_t len = end == NULL ? line.len : (size_t)(end - line.data);
        if (len > 0)
            require_harmless((struct bh_span){line.data, len});
        line = bh_span_from_index(line, len + 1);
    }
}

/* Fed in one piece or byte by byte, the scan of an identifier says the same, and never more than there is. */
static void check_scan(struct bh_span line)
{
    struct bh_wrap_id_scan whole = {0}, pieces = {0};
    struct bh_buf first, second;
    bh_buf_init(&first, 65536);
    bh_buf_init(&second, 65536);
    bh_wrap_id_scan_feed(&whole, line);
    for (size_t i = 0; i < line.len; i++)
        bh_wrap_id_scan_feed(&pieces, (struct bh_span){line.data + i, 1});
    require(bh_wrap_id_scan_end(&whole, &first) == bh_wrap_id_scan_end(&pieces, &second));
    require(bh_span_equal(bh_buf_span(&first), bh_buf_span(&second)));
    bh_buf_finish(&first);
    bh_buf_finish(&second);
}

/* Where the line is an object that can be read, the scan finds the identifier that the parser finds. */
static void check_scanned_id(struct bh_span line, const json_t *message)
{
    struct bh_wrap_id_scan scan = {0};
    struct bh_buf scanned, parsed;
    bh_buf_init(&scanned, 65536);
    bh_buf_init(&parsed, 65536);
    bh_wrap_id_scan_feed(&scan, line);
    if (bh_wrap_id_scan_end(&scan, &scanned) && json_is_object(message)) {
        require(bh_wrap_id_text(json_object_get(message, "id"), &parsed));
        require(bh_span_equal(bh_buf_span(&scanned), bh_buf_span(&parsed)));
    }
    bh_buf_finish(&scanned);
    bh_buf_finish(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_span line = {(const char *)data, size};
    struct bh_wrap_judged judged;
    if (memchr(data, '\n', size) != NULL)
        return 0;
    check_scan(line);
    bh_wrap_judge(line, true, &judged);
    bool passes = judged.kind == BH_WRAP_PASS || judged.kind == BH_WRAP_LIST || judged.kind == BH_WRAP_CANCEL;
    if (passes)
        require_pieces_harmless(line);
    if (judged.kind == BH_WRAP_CALL)
        require(is_call(judged.message) &&
                json_is_string(json_object_get(json_object_get(judged.message, "params"), "name")));
    if (judged.kind != BH_WRAP_REFUSE) {
        require(judged.reply.len == 0);
        check_scanned_id(line, judged.message);
    }
    if (judged.reply.len > 0) {
        json_t *reply = NULL;
        require(bh_json_parse(bh_buf_span(&judged.reply), &reply) == BH_OK);
        json_decref(reply);
    }
    bh_wrap_judged_finish(&judged);
    return 0;
}
