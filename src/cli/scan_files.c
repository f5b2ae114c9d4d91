// SPDX-License-Identifier: Apache-2.0
#include "cli/scan.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/file.h"
#include "lib/json.h"

#define PATH_SIZE 4096

/* ---- what is looked for in a file ---- */

static void scan_package(struct bh_scan *scan, const char *source, struct bh_span text)
{
    BH_CLEANUP(bh_json_release) json_t *package = NULL;
    if (bh_json_parse_object(text, &package) != BH_OK) {
        scan->incomplete = true;
        return;
    }
    const char *name;
    json_t *command;
    json_object_foreach(json_object_get(package, "scripts"), name, command)
    {
        bh_scan_command(scan, name, source, bh_json_text(command));
    }
}

/* Names of variables alone; what stands behind "=" is never looked at. */
static void scan_variables(struct bh_scan *scan, const char *source, struct bh_span text)
{
    static const char *const secrets[] = {
        "SECRET", "TOKEN", "PASSWORD", "PRIVATE", "API_KEY", "ACCESS_KEY", "DATABASE_URL", "CREDENTIAL"};
    static const struct bh_scan_verdict verdict = {
        "read_secret", NULL, "high", "a secret that the project's programs are given"};
    while (text.len > 0) {
        size_t end = bh_span_find(text, BH_SPAN("\n"));
        struct bh_span line = bh_span_trim((struct bh_span){text.data, end == SIZE_MAX ? text.len : end});
        text = end == SIZE_MAX ? BH_SPAN("") : bh_span_from_index(text, end + 1);
        if (bh_span_starts_with(line, BH_SPAN("export ")))
            line = bh_span_trim(bh_span_from_index(line, 7));
        size_t equals = bh_span_find(line, BH_SPAN("="));
        char name[128];
        if (equals == SIZE_MAX || equals == 0 || equals >= sizeof(name) || line.data[0] == '#')
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)equals, line.data);
        if (strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
            continue;
        for (size_t i = 0; i < BH_COUNT(secrets); i++) {
            if (strcasestr(name, secrets[i]) != NULL)
                bh_scan_add(scan, name, source, BH_ABSENT, name, &verdict);
        }
    }
}

/* ---- the table of files ---- */

struct kind {
    const char *folder;  /* below the project; "" = itself */
    const char *pattern; /* of the file's name */
    void (*scan_text)(struct bh_scan *scan, const char *source, struct bh_span text); /* or NULL */
    struct bh_scan_verdict verdict; /* that such a file is there; without an action: nothing */
};

#define DEPLOYS(service)                                                                                     \
    {                                                                                                        \
        "deploy_production", (service), "high", "the project is deployed there"                              \
    }
#define MIGRATES(text)                                                                                       \
    {                                                                                                        \
        "database_migration", "database", "high", (text)                                                     \
    }
#define CONTAINERS                                                                                           \
    {                                                                                                        \
        "manage_containers", "docker", "medium", "starts and stops containers"                               \
    }

static const struct kind kinds[] = {
    {"", "package.json", scan_package, {0}},
    {"", "vercel.json", NULL, DEPLOYS("vercel")},
    {"", "vercel.ts", NULL, DEPLOYS("vercel")},
    {"", "netlify.toml", NULL, DEPLOYS("netlify")},
    {"prisma", "schema.prisma", NULL, MIGRATES("the project has a database of Prisma")},
    {"prisma", "migrations", NULL, MIGRATES("there are migrations of Prisma")},
    {"", "drizzle.config.*", NULL, MIGRATES("the project has a database of Drizzle")},
    {"", "docker-compose*.yml", NULL, CONTAINERS},
    {"", "docker-compose*.yaml", NULL, CONTAINERS},
    {"", "compose.yml", NULL, CONTAINERS},
    {"", "compose.yaml", NULL, CONTAINERS},
    {".github/workflows", "*.yml", bh_scan_lines, {0}},
    {".github/workflows", "*.yaml", bh_scan_lines, {0}},
    {"", ".env.example", scan_variables, {0}},
    {"", "*.sh", bh_scan_lines, {0}},
    {"scripts", "*.sh", bh_scan_lines, {0}},
    {"bin", "*.sh", bh_scan_lines, {0}},
};

/* ---- going through them ---- */

static void scan_file(struct bh_scan *scan, const struct kind *kind, const char *name)
{
    char source[PATH_SIZE], path[2 * PATH_SIZE];
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    snprintf(source, sizeof(source), "%s%s%s", kind->folder, kind->folder[0] == 0 ? "" : "/", name);
    if (kind->verdict.action != NULL)
        bh_scan_add(scan, name, source, BH_ABSENT, NULL, &kind->verdict);
    if (kind->scan_text == NULL)
        return;
    int len = snprintf(path, sizeof(path), "%s/%s", scan->folder, source);
    bh_buf_init(&text, BH_SCAN_FILE_LIMIT);
    if (len < 0 || (size_t)len >= sizeof(path) || bh_file_read(path, &text) != BH_OK ||
        !bh_span_is_utf8(bh_buf_span(&text)))
        scan->incomplete = true;
    else
        kind->scan_text(scan, source, bh_buf_span(&text));
}

static void scan_kind(struct bh_scan *scan, const struct kind *kind)
{
    char path[2 * PATH_SIZE];
    struct dirent **names;
    snprintf(path, sizeof(path), "%s/%s", scan->folder, kind->folder);
    int count = scandir(path, &names, NULL, alphasort), taken = 0;
    for (int i = 0; i < count; i++) {
        if (fnmatch(kind->pattern, names[i]->d_name, 0) == 0 && taken++ < BH_SCAN_FILES_MAX)
            scan_file(scan, kind, names[i]->d_name);
        free(names[i]);
    }
    scan->incomplete |= taken > BH_SCAN_FILES_MAX;
    if (count >= 0)
        free(names);
}

void bh_scan_files(struct bh_scan *scan)
{
    for (size_t i = 0; i < BH_COUNT(kinds); i++)
        scan_kind(scan, &kinds[i]);
}
