// SPDX-License-Identifier: Apache-2.0
#include "coding/json_settings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/output.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/number_check.h"

#define PATH_LIMIT 4096
#define FILE_LIMIT ((size_t)8 << 20)
#define TEXT_LIMIT (4 * FILE_LIMIT)

void bh_report_add(json_t *list, const char *text)
{
    size_t at;
    json_t *item;
    json_array_foreach(list, at, item)
    {
        if (strcmp(json_string_value(item), text) == 0)
            return;
    }
    (void)!json_array_append_new(list, json_string(text));
}

void bh_report_warn(struct bh_setup_report *report, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    bh_report_add(report->warnings, text);
}

enum bh_err bh_settings_refuse(const char *path, const char *reason, struct bh_buf *problem)
{
    bh_buf_addf(problem, "%s %s; nothing was changed.", path, reason);
    return BH_ERR_CONFLICT;
}

enum bh_err bh_settings_fail(enum bh_err err, const char *path, const char *verb, struct bh_buf *problem)
{
    const char *reason = errno == EFBIG    ? "it is too large"
                         : errno == EINVAL ? "it is no plain file"
                         : errno == EACCES ? "it is read-only, or belongs to somebody else"
                                           : strerror(errno);
    bh_buf_addf(problem, "%s could not be %s: %s.", path, verb, reason);
    return err;
}

static enum bh_err parse(struct bh_settings *settings, struct bh_span text, struct bh_buf *problem)
{
    json_t *twice = NULL;
    const char *path = settings->path.data;
    if (bh_json_parse_object(text, &settings->before) != BH_OK)
        return bh_settings_refuse(path, "is not a JSON object; repair it or move it away", problem);
    if (bh_json_parse_unique(text, &twice) != BH_OK)
        return bh_settings_refuse(path, "has a name twice in one object; remove one of them", problem);
    json_decref(twice);
    struct bh_span number = bh_number_check_find(text);
    if (!bh_span_is_absent(number)) /* it may be as long as the file */
        snprintf(settings->lossy_number, sizeof(settings->lossy_number), "%.*s",
            (int)(number.len < sizeof(settings->lossy_number) ? number.len : sizeof(settings->lossy_number)),
            number.data);
    return BH_OK;
}

enum bh_err bh_settings_read(
    struct bh_settings *settings, const char *folder, const char *name, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    *settings = (struct bh_settings){0};
    bh_buf_init(&settings->path, PATH_LIMIT);
    bh_buf_init(&text, FILE_LIMIT);
    bh_buf_addf(&settings->path, "%s%s", folder, name);
    bh_buf_add_char(&settings->path, 0);
    if (settings->path.failed) {
        bh_buf_addf(problem, "The path of %s is too long.", name);
        return BH_ERR_IO;
    }
    enum bh_err err = bh_file_read(settings->path.data, &text);
    settings->exists = err != BH_ERR_NOT_FOUND;
    if (err == BH_ERR_NOT_FOUND)
        settings->before = json_object();
    else if (err != BH_OK)
        return bh_settings_fail(err, settings->path.data, "read", problem);
    else if ((err = parse(settings, bh_buf_span(&text), problem)) != BH_OK)
        return err;
    settings->root = json_deep_copy(settings->before);
    return settings->root == NULL ? BH_ERR_NO_MEMORY : BH_OK;
}

void bh_settings_finish(struct bh_settings *settings)
{
    if (settings == NULL)
        return;
    json_decref(settings->before);
    json_decref(settings->root);
    bh_buf_finish(&settings->path);
    *settings = (struct bh_settings){0};
}

json_t *bh_settings_member(
    struct bh_settings *settings, json_t *object, const char *key, bool array, struct bh_buf *problem)
{
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        member = array ? json_array() : json_object();
        return json_object_set_new(object, key, member) == 0 ? member : NULL;
    }
    if (array ? json_is_array(member) : json_is_object(member))
        return member;
    char reason[256];
    snprintf(reason, sizeof(reason), "has a \"%s\" that is no %s", key, array ? "list" : "object");
    (void)!bh_settings_refuse(settings->path.data, reason, problem);
    return NULL;
}

static enum bh_err refuse_number(const struct bh_settings *settings, struct bh_buf *problem)
{
    char reason[256];
    snprintf(reason, sizeof(reason),
        "has the number %s, which would become another one when we write it; make it shorter or a text",
        settings->lossy_number);
    return bh_settings_refuse(settings->path.data, reason, problem);
}

static bool reads_back(const struct bh_settings *settings)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_json_release) json_t *there = NULL;
    bh_buf_init(&text, TEXT_LIMIT);
    return bh_file_read(settings->path.data, &text) == BH_OK &&
           bh_json_parse_object(bh_buf_span(&text), &there) == BH_OK &&
           json_equal(there, settings->root) == 1;
}

static enum bh_err write_root(struct bh_settings *settings, mode_t mode, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    bh_output_add_json(settings->root, &text);
    bh_buf_add_char(&text, '\n');
    if (text.failed)
        return BH_ERR_NO_MEMORY;
    enum bh_err err = bh_file_replace(settings->path.data, bh_buf_span(&text), mode);
    if (err != BH_OK)
        return bh_settings_fail(err, settings->path.data, "written", problem);
    if (reads_back(settings))
        return BH_OK;
    bh_buf_addf(problem, "%s was written, but something else is in it now; try again.", settings->path.data);
    return BH_ERR_IO;
}

enum bh_err bh_settings_write(struct bh_settings *settings, const struct bh_place *place, mode_t mode,
    struct bh_setup_report *report, struct bh_buf *problem)
{
    bool same = json_equal(settings->before, settings->root) == 1;
    if (same && !settings->exists && json_object_size(settings->root) == 0)
        return BH_OK;
    if (same && settings->exists) {
        bh_report_add(report->preserved, settings->path.data);
        return BH_OK;
    }
    if (settings->lossy_number[0] != 0)
        return refuse_number(settings, problem);
    enum bh_err err = place->dry_run ? BH_OK : write_root(settings, mode, problem);
    if (err == BH_OK)
        bh_report_add(report->changed, settings->path.data);
    return err;
}
