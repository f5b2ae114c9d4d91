// SPDX-License-Identifier: Apache-2.0
#include "coding/project.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coding/context.h"
#include "coding/json_settings.h"
#include "lib/file.h"
#include "lib/json.h"

#define PATH_LIMIT 4608
#define FILE_LIMIT ((size_t)8 << 20)
#define CONTEXT "/.behalf/context.md"
#define SERVERS "/.mcp.json"

/* ---- links that lead out ---- */

static bool is_inside(const char *folder, const char *path)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == 0 || len == 1);
}

/*
 * What is there ends within the project; what is not there has its folder in it. Against what lies in a
 * project, not against a program that exchanges files while we run: with our user's rights it needs no link.
 */
static bool stays_inside(const char *project, const char *path)
{
    char folder[PATH_MAX], real[PATH_MAX], parent[PATH_LIMIT];
    struct stat about;
    if (realpath(project, folder) == NULL)
        return false;
    if (realpath(path, real) != NULL)
        return is_inside(folder, real);
    if (errno != ENOENT || lstat(path, &about) == 0) /* a link to nothing */
        return false;
    snprintf(parent, sizeof(parent), "%s", path);
    *strrchr(parent, '/') = 0;
    if (realpath(parent, real) != NULL)
        return is_inside(folder, real);
    return errno == ENOENT && lstat(parent, &about) != 0;
}

static enum bh_err check_inside(const struct bh_place *place, const char *name, struct bh_buf *problem)
{
    char path[PATH_LIMIT];
    int len = snprintf(path, sizeof(path), "%s%s", place->project, name);
    if (len > 0 && (size_t)len < sizeof(path) && stays_inside(place->project, path))
        return BH_OK;
    return bh_settings_refuse(path, "is a link that leads out of the project", problem);
}

/* ---- .mcp.json ---- */

/*
 * The whole entry, and nothing of an older one: the file may come from strangers, whose variables would send
 * the questions to a server of theirs or load a library into ours.
 */
static bool put_server(json_t *servers)
{
    json_t *entry =
        json_pack("{s:s, s:s, s:[s, s]}", "type", "stdio", "command", "behalf", "args", "mcp", "start");
    return json_object_set_new(servers, "behalfid", entry) == 0;
}

static enum bh_err read_servers(
    const struct bh_place *place, struct bh_settings *settings, struct bh_buf *problem)
{
    enum bh_err err = check_inside(place, SERVERS, problem);
    if (err == BH_OK)
        err = bh_settings_read(settings, place->project, SERVERS, problem);
    if (err != BH_OK)
        return err;
    json_t *servers = bh_settings_member(settings, settings->root, "mcpServers", false, problem);
    return servers != NULL && put_server(servers) ? BH_OK : BH_ERR_CONFLICT;
}

/* ---- .behalf/context.md ---- */

static enum bh_err write_context(const struct bh_place *place, const struct bh_buf *text,
    struct bh_setup_report *report, struct bh_buf *problem)
{
    char path[PATH_LIMIT];
    snprintf(path, sizeof(path), "%s/.behalf", place->project);
    if (!place->dry_run)
        (void)!mkdir(path, 0777); /* part of the project, as open as its other folders */
    snprintf(path, sizeof(path), "%s" CONTEXT, place->project);
    enum bh_err err = place->dry_run ? BH_OK : bh_file_replace(path, bh_buf_span(text), 0644);
    if (err != BH_OK)
        return bh_settings_fail(err, path, "written", problem);
    bh_report_add(report->changed, path);
    return BH_OK;
}

enum bh_err bh_project_write(const struct bh_place *place, const char *agent_id, const json_t *detail,
    int64_t now_ms, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, FILE_LIMIT);
    bh_context_add(agent_id, detail, now_ms, &text);
    if (text.failed)
        return BH_ERR_NO_MEMORY;
    enum bh_err err = read_servers(place, &settings, problem);
    if (err == BH_OK)
        err = check_inside(place, CONTEXT, problem);
    if (err == BH_OK)
        err = bh_settings_write(&settings, place, 0644, report, problem);
    return err == BH_OK ? write_context(place, &text, report, problem) : err;
}

/* ---- the files that agents read by themselves ---- */

static enum bh_err read_notes(
    const struct bh_place *place, const char *name, char path[static PATH_LIMIT], struct bh_buf *text)
{
    bh_buf_init(text, FILE_LIMIT);
    snprintf(path, PATH_LIMIT, "%s/%s", place->project, name);
    return bh_file_read(path, text);
}

bool bh_project_lacks_reference(const struct bh_place *place, const char *name)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    char path[PATH_LIMIT];
    return read_notes(place, name, path, &text) == BH_OK &&
           bh_span_find(bh_buf_span(&text), BH_SPAN(BH_PROJECT_REFERENCE)) == SIZE_MAX;
}

enum bh_err bh_project_add_reference(
    const struct bh_place *place, const char *name, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    char path[PATH_LIMIT];
    enum bh_err err = read_notes(place, name, path, &text);
    if (err != BH_OK)
        return bh_settings_fail(err, path, "read", problem);
    if (bh_span_find(bh_buf_span(&text), BH_SPAN(BH_PROJECT_REFERENCE)) != SIZE_MAX) {
        bh_report_add(report->preserved, path);
        return BH_OK;
    }
    if (!stays_inside(place->project, path))
        return bh_settings_refuse(path, "is a link that leads out of the project", problem);
    if (text.len > 0 && text.data[text.len - 1] != '\n')
        bh_buf_add_char(&text, '\n');
    bh_buf_add_text(&text, BH_PROJECT_REFERENCE "\n");
    if (text.failed)
        return BH_ERR_NO_MEMORY;
    err = place->dry_run ? BH_OK : bh_file_replace(path, bh_buf_span(&text), 0644);
    if (err != BH_OK)
        return bh_settings_fail(err, path, "written", problem);
    bh_report_add(report->changed, path);
    return BH_OK;
}

/* ---- status ---- */

bool bh_project_has_server(const struct bh_place *place)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf ignored = {0};
    bh_buf_init(&ignored, PATH_LIMIT);
    return bh_settings_read(&settings, place->project, SERVERS, &ignored) == BH_OK &&
           json_is_object(json_object_get(json_object_get(settings.root, "mcpServers"), "behalfid"));
}

bool bh_project_has_context(const struct bh_place *place)
{
    char path[PATH_LIMIT];
    snprintf(path, sizeof(path), "%s" CONTEXT, place->project);
    return access(path, R_OK) == 0;
}
