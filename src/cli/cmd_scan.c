// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/scan.h"
#include "client/client.h"
#include "client/config_file.h"
#include "client/output.h"
#include "core/redact.h"
#include "lib/json.h"

#define TEXT_LIMIT 65536

/* ---- findings ---- */

static void add_suggestion(const struct bh_scan *scan, const char *resource,
    const struct bh_scan_verdict *verdict, struct bh_buf *out)
{
    bool high = strcmp(verdict->risk, "high") == 0;
    bh_buf_addf(out, "behalf permissions create %s --action %s --resource %s%s", scan->agent_id,
        verdict->action, resource, high ? " --requires-approval" : "");
}

static bool is_known(const json_t *findings, const json_t *finding)
{
    size_t at;
    json_t *other;
    json_array_foreach((json_t *)(uintptr_t)findings, at, other)
    {
        if (json_equal(other, finding) == 1)
            return true;
    }
    return false;
}

void bh_scan_add(struct bh_scan *scan, const char *name, const char *source, struct bh_span command,
    const char *resource, const struct bh_scan_verdict *verdict)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf suggestion = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf shown = {0};
    const char *about = resource == NULL ? verdict->resource : resource;
    bh_buf_init(&suggestion, TEXT_LIMIT);
    bh_buf_init(&shown, BH_SCAN_FILE_LIMIT);
    add_suggestion(scan, about, verdict, &suggestion);
    bh_redact(command, &shown);
    BH_CLEANUP(bh_json_release)
    json_t *finding = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s%}", "name", name, "source", source,
        "action", verdict->action, "resource", about, "risk", verdict->risk, "reason", verdict->reason,
        "suggestion", bh_buf_span(&suggestion).data, suggestion.len);
    if (finding != NULL && !bh_span_is_absent(command))
        json_object_set_new(
            finding, "command", json_stringn(bh_buf_span(&shown).data, bh_buf_span(&shown).len));
    if (finding == NULL || json_array_size(scan->findings) >= BH_SCAN_FINDINGS_MAX)
        scan->incomplete = true;
    else if (!is_known(scan->findings, finding))
        json_array_append(scan->findings, finding);
}

/* ---- what is shown ---- */

static int count(const json_t *findings, const char *risk)
{
    int found = 0;
    size_t at;
    json_t *finding;
    json_array_foreach((json_t *)(uintptr_t)findings, at, finding)
    {
        found += bh_span_equal(bh_json_member_text(finding, "risk"), bh_span_from(risk));
    }
    return found;
}

static void write_table(const json_t *findings)
{
    static const char *const columns[] = {"risk", "action", "resource", "source", "name", "reason"};
    bh_output_write_rows(findings, columns, columns, BH_COUNT(columns));
}

/* Each once, however often it was found. */
static void write_suggestions(const json_t *findings)
{
    BH_CLEANUP(bh_json_release) json_t *seen = json_object();
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const char *text = json_string_value(json_object_get(json_array_get(findings, i), "suggestion"));
        if (text == NULL || json_object_get(seen, text) != NULL)
            continue;
        json_object_set_new(seen, text, json_true());
        if (json_object_size(seen) == 1)
            bh_output_write_line("\nPermissions that would cover this:");
        bh_output_write_line("  %s", text);
    }
}

static int report(const struct bh_scan *scan, bool as_json)
{
    int high = count(scan->findings, "high"), medium = count(scan->findings, "medium");
    int low = count(scan->findings, "low");
    if (scan->incomplete)
        bh_output_note("Not all files could be read in full.");
    if (!as_json) {
        write_table(scan->findings);
        write_suggestions(scan->findings);
        return 0;
    }
    BH_CLEANUP(bh_json_release)
    json_t *result = json_pack("{s:s, s:O, s:{s:f, s:f, s:f, s:f}, s:b}", "dir", scan->folder, "findings",
        scan->findings, "summary", "total", (double)(high + medium + low), "high", (double)high, "medium",
        (double)medium, "low", (double)low, "incomplete", scan->incomplete);
    if (result == NULL)
        return bh_output_no_memory();
    bh_output_write_json(result);
    return 0;
}

static bool is_folder(const char *path)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    struct stat about;
    bool there = stat(path, &about) == 0;
    if (there && S_ISDIR(about.st_mode))
        return true;
    bh_buf_init(&message, TEXT_LIMIT);
    bh_buf_addf(&message, "%s cannot be scanned: %s.", path, there ? "it is no folder" : strerror(errno));
    bh_output_error(BH_ABSENT, bh_buf_span(&message), BH_SPAN("Name the folder of a project."));
    return false;
}

int bh_cmd_scan(int argc, char **argv)
{
    static const struct bh_usage usage = {.command = "scan",
        .operands = "[dir]",
        .operands_max = 1,
        .summary = "Find risky actions of a project that permissions could cover",
        .details =
            "Looks at the scripts of package.json, files of Vercel, Netlify, Prisma, Drizzle and Docker, "
            "GitHub\nworkflows, the names in .env.example, and shell scripts in ., scripts and bin. Nothing "
            "leaves the machine.",
        .examples = "scan\nscan ../shop --json",
        .exits = "0 scanned, whatever was found; 1 error"};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    BH_CLEANUP(bh_json_release) json_t *config = bh_config_file_read();
    BH_CLEANUP(bh_json_release) json_t *findings = json_array();
    const char *agent_id = bh_config_file_text(config, BH_CONFIG_AGENT_ID);
    if (agent_id == NULL)
        agent_id = bh_client_environment("BEHALFID_AGENT_ID");
    struct bh_scan scan = {.folder = arguments.operand_count > 0 ? arguments.operands[0] : ".",
        .agent_id = agent_id == NULL ? "agent_xxx" : agent_id,
        .findings = findings};
    if (!is_folder(scan.folder))
        return 1;
    bh_scan_files(&scan);
    return report(&scan, arguments.json);
}
