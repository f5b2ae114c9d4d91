// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "coding/path_program.h"
#include "coding/canary.h"
#include "coding/project.h"
#include "lib/file.h"
#include "lib/json.h"

#define TEXT_LIMIT 16384
#define FILE_LIMIT ((size_t)8 << 20)

/* ---- the project ---- */

/* False when the servers cannot be read at all. */
static bool check_servers(struct bh_doctor *doctor)
{
    char path[BH_PLACE_TEXT + 32];
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_json_release) json_t *servers = NULL;
    bh_buf_init(&text, FILE_LIMIT);
    snprintf(path, sizeof(path), "%s/.mcp.json", doctor->place.project);
    enum bh_err err = bh_file_read(path, &text);
    if (err == BH_ERR_NOT_FOUND)
        bh_doctor_add(doctor, "MCP config", BH_DOCTOR_WARN, "behalf mcp init", "%s is not there", path);
    else if (err != BH_OK || bh_json_parse_object(bh_buf_span(&text), &servers) != BH_OK)
        bh_doctor_add(doctor, "MCP config", BH_DOCTOR_ERROR, "mv .mcp.json .mcp.json.old && behalf mcp init",
            "%s cannot be read as a JSON object", path);
    else
        bh_doctor_add(doctor, "MCP config", BH_DOCTOR_OK, NULL, "%s", path);
    return servers != NULL;
}

void bh_doctor_check_project(struct bh_doctor *doctor)
{
    if (check_servers(doctor)) {
        bool has = bh_project_has_server(&doctor->place);
        bh_doctor_add(doctor, "MCP server entry", has ? BH_DOCTOR_OK : BH_DOCTOR_WARN,
            has ? NULL : "behalf mcp init", has ? "mcpServers.behalfid" : "mcpServers.behalfid is missing");
    }
    bool has = bh_project_has_context(&doctor->place);
    bh_doctor_add(doctor, "Context file", has ? BH_DOCTOR_OK : BH_DOCTOR_WARN, has ? NULL : "behalf mcp init",
        "%s/.behalf/context.md%s", doctor->place.project, has ? "" : " is not there");
}

/* ---- the coding agents ---- */

static void name_row(const struct bh_host *host, const char *what, char *ret_name, size_t size)
{
    bool claude = strcmp(host->name, "claude") == 0;
    snprintf(ret_name, size, "%s %s", claude ? "Claude" : host->label, what);
}

/* True when there is such an agent: on PATH, or its folder is at home. */
static bool check_program(struct bh_doctor *doctor, const struct bh_host *host)
{
    char name[64], folder[BH_PLACE_TEXT + 32];
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, TEXT_LIMIT);
    name_row(host, "CLI", name, sizeof(name));
    snprintf(folder, sizeof(folder), "%s/.%s", doctor->place.home, host->name);
    if (bh_path_program_find(host->name, doctor->place.program, &path)) {
        bh_doctor_add(doctor, name, BH_DOCTOR_OK, NULL, "%s", path.data);
        return true;
    }
    bool folder_there = access(folder, F_OK) == 0;
    bh_doctor_add(doctor, name, folder_there ? BH_DOCTOR_WARN : BH_DOCTOR_OK, NULL,
        folder_there ? "there is no `%s` on PATH" : "`%s` is not on this machine", host->name);
    return folder_there;
}

/* The settings hold our hook, whether or not it is in force. */
static bool has_hook(const struct bh_doctor *doctor, const struct bh_host *host)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf command = {0};
    bh_buf_init(&command, TEXT_LIMIT);
    return host->read_hook_command(&doctor->place, &command) == BH_OK && command.len > 0;
}

/* A hook that somebody relies on and that is not in force is worse than none. */
static void check_hook(struct bh_doctor *doctor, const struct bh_host *host, bool has)
{
    char name[64], fix[64];
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    bh_buf_init(&problem, TEXT_LIMIT);
    name_row(host, "hook", name, sizeof(name));
    snprintf(fix, sizeof(fix), "behalf hook install --host %s", host->name);
    if (host->is_installed(&doctor->place, &problem)) {
        bh_doctor_add(doctor, name, BH_DOCTOR_OK, NULL, "installed, and not switched off%s",
            doctor->canary ? "" : " (`behalf doctor --canary` tries it)");
        return;
    }
    bool grave = has || strcmp(host->name, "claude") == 0;
    bh_doctor_add(doctor, name, grave ? BH_DOCTOR_ERROR : BH_DOCTOR_WARN, fix, "%.*s", (int)problem.len,
        problem.len > 0 ? bh_buf_span(&problem).data : "");
}

static void check_canary(struct bh_doctor *doctor, const struct bh_host *host)
{
    char name[64], fix[64];
    BH_CLEANUP(bh_buf_finish) struct bh_buf problem = {0};
    bh_buf_init(&problem, TEXT_LIMIT);
    name_row(host, "canary", name, sizeof(name));
    snprintf(fix, sizeof(fix), "behalf hook install --host %s", host->name);
    bool blocked = bh_canary_is_blocked(host, &doctor->place, &problem);
    struct bh_span text = bh_buf_span(&problem);
    if (!blocked)
        bh_doctor_add(doctor, name, BH_DOCTOR_ERROR, fix, "%.*s", (int)text.len, text.data);
    else if (text.len > 0)
        bh_doctor_add(
            doctor, name, BH_DOCTOR_ERROR, NULL, "every call is blocked: %.*s", (int)text.len, text.data);
    else
        bh_doctor_add(doctor, name, BH_DOCTOR_OK, NULL, "the hook blocks");
}

void bh_doctor_check_hosts(struct bh_doctor *doctor)
{
    const struct bh_host *const *hosts = bh_host_all();
    bool tried = false;
    for (size_t i = 0; hosts[i] != NULL; i++) {
        bool here = check_program(doctor, hosts[i]), has = has_hook(doctor, hosts[i]);
        if (here || has)
            check_hook(doctor, hosts[i], has);
        if (has && doctor->canary)
            check_canary(doctor, hosts[i]);
        tried |= has;
    }
    if (doctor->canary && !tried)
        bh_doctor_add(doctor, "Canary", BH_DOCTOR_ERROR, "behalf hook install", "there is no hook to try");
}
