// SPDX-License-Identifier: Apache-2.0
#include "coding/codex_files.h"

#include <string.h>
#include <unistd.h>

#include "coding/json_settings.h"
#include "coding/path_program.h"
#include "coding/toml_look.h"
#include "lib/file.h"

#define FILE_LIMIT ((size_t)8 << 20)
#define BLOCK_LIMIT 32768
#define NAME "behalf"

/* Our block in the requirements is what is between these lines. */
#define BEGIN "# BehalfID: begin (kept by `behalf hook install --system`)\n"
#define END "# BehalfID: end\n"

#define NOT_TOML "is not TOML that can be added to safely"

static enum bh_err read_text(const char *path, struct bh_buf *text, struct bh_buf *problem)
{
    bh_buf_init(text, FILE_LIMIT);
    enum bh_err err = bh_file_read(path, text);
    if (err == BH_ERR_NOT_FOUND)
        return BH_OK;
    return err == BH_OK ? BH_OK : bh_settings_fail(err, path, "read", problem);
}

static enum bh_err write_text(const char *path, const struct bh_buf *text, mode_t mode,
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    if (text->failed)
        return BH_ERR_NO_MEMORY;
    enum bh_err err = place->dry_run ? BH_OK : bh_file_replace(path, bh_buf_span(text), mode);
    if (err != BH_OK)
        return bh_settings_fail(err, path, "written", problem);
    bh_report_add(report->changed, path);
    return BH_OK;
}

/* A basic string. */
static void add_string(const char *text, struct bh_buf *out)
{
    bh_buf_add_char(out, '"');
    for (; *text != 0; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            bh_buf_addf(out, "\\u%04X", c);
        else if (c == '"' || c == '\\')
            bh_buf_addf(out, "\\%c", c);
        else
            bh_buf_add_char(out, (char)c);
    }
    bh_buf_add_char(out, '"');
}

static void add_gap(struct bh_buf *text)
{
    if (text->len == 0)
        return;
    if (text->data[text->len - 1] != '\n')
        bh_buf_add_char(text, '\n');
    bh_buf_add_char(text, '\n');
}

/* ---- the MCP server ---- */

/* Codex gives a tool 300 seconds; a wait for a person may take 600. */
static void add_server(const char *command, struct bh_buf *out)
{
    bh_buf_add_text(out, "[mcp_servers.behalfid]\ncommand = ");
    add_string(command, out);
    bh_buf_add_text(out, "\nargs = [\"mcp\", \"start\"]\n"
                         "env_vars = [\"BEHALFID_BASE_URL\", \"BEHALFID_API_KEY\", \"BEHALFID_AGENT_ID\"]\n"
                         "tool_timeout_sec = 630\n");
}

enum bh_err bh_codex_put_server(
    const char *path, const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_toml_facts facts;
    enum bh_err err = read_text(path, &text, problem);
    if (err != BH_OK)
        return err;
    if (!bh_toml_look(bh_buf_span(&text), "mcp_servers.behalfid", &facts))
        return bh_settings_refuse(path, NOT_TOML, problem);
    if (facts.table || facts.value || facts.under) {
        bh_report_add(report->preserved, path);
        return BH_OK;
    }
    if (facts.closed)
        return bh_settings_refuse(
            path, "has \"mcp_servers\" as a value, to which no table can be added", problem);
    add_gap(&text);
    /* our name alone only where it is this very program that the host finds by it */
    add_server(bh_path_program_is_own(NAME, place->program) ? NAME : place->program, &text);
    return write_text(path, &text, 0600, place, report, problem);
}

/* Takes out what is at `start`, and a blank line that was put before it. */
static enum bh_err cut(const char *path, const struct bh_buf *text, size_t start, size_t len, mode_t mode,
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf rest = {0};
    bh_buf_init(&rest, FILE_LIMIT);
    size_t before =
        start > 1 && text->data[start - 1] == '\n' && text->data[start - 2] == '\n' ? start - 1 : start;
    bh_buf_add(&rest, (struct bh_span){text->data, before});
    bh_buf_add(&rest, bh_span_from_index(bh_buf_span(text), start + len));
    return write_text(path, &rest, mode, place, report, problem);
}

/* Where our entry with this command stands; false when it does not. */
static bool find_server(const struct bh_buf *text, const char *command, size_t *ret_start, size_t *ret_len)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf block = {0};
    bh_buf_init(&block, BLOCK_LIMIT);
    add_server(command, &block);
    size_t start = bh_span_find(bh_buf_span(text), bh_buf_span(&block));
    if (block.failed || start == SIZE_MAX || (start > 0 && text->data[start - 1] != '\n'))
        return false;
    *ret_start = start;
    *ret_len = block.len;
    return true;
}

enum bh_err bh_codex_remove_server(
    const char *path, const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    size_t start, len;
    enum bh_err err = read_text(path, &text, problem);
    if (err != BH_OK)
        return err;
    /* PATH may have changed since it was written */
    if (!find_server(&text, NAME, &start, &len) && !find_server(&text, place->program, &start, &len))
        return BH_OK;
    return cut(path, &text, start, len, 0600, place, report, problem);
}

/* ---- the requirements of the machine ---- */

static void add_requirement(const char *command, struct bh_buf *out)
{
    bh_buf_add_text(out, BEGIN "[[hooks.PreToolUse]]\nmatcher = \".*\"\n\n"
                               "[[hooks.PreToolUse.hooks]]\ntype = \"command\"\ncommand = ");
    add_string(command, out);
    bh_buf_add_text(out, "\ntimeout = 15\n" END);
}

/* The block with its marks; false when there is none. */
static bool find_block(struct bh_span text, size_t *ret_start, size_t *ret_len)
{
    size_t start = bh_span_find(text, BH_SPAN(BEGIN));
    if (start == SIZE_MAX)
        return false;
    size_t end = bh_span_find(bh_span_from_index(text, start), BH_SPAN(END));
    if (end == SIZE_MAX)
        return false;
    *ret_start = start;
    *ret_len = end + sizeof(END) - 1;
    return true;
}

/* The text without our block. */
static void add_rest(const struct bh_buf *text, struct bh_buf *out)
{
    size_t start = text->len, len = 0;
    (void)!find_block(bh_buf_span(text), &start, &len);
    bh_buf_add(out, (struct bh_span){text->data, start});
    bh_buf_add(out, bh_span_from_index(bh_buf_span(text), start + len));
}

enum bh_err bh_codex_put_requirement(
    const char *command, const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0}, block = {0}, next = {0};
    struct bh_toml_facts facts;
    bh_buf_init(&block, BLOCK_LIMIT);
    bh_buf_init(&next, FILE_LIMIT);
    enum bh_err err = read_text(BH_CODEX_REQUIREMENTS, &text, problem);
    if (err != BH_OK)
        return err;
    if (!bh_toml_look(bh_buf_span(&text), "hooks.PreToolUse", &facts))
        return bh_settings_refuse(BH_CODEX_REQUIREMENTS, NOT_TOML, problem);
    if (facts.closed || facts.value)
        return bh_settings_refuse(
            BH_CODEX_REQUIREMENTS, "has hooks as a value, to which no table can be added", problem);
    add_requirement(command, &block);
    if (bh_span_find(bh_buf_span(&text), bh_buf_span(&block)) != SIZE_MAX) {
        bh_report_add(report->preserved, BH_CODEX_REQUIREMENTS);
        return BH_OK;
    }
    add_rest(&text, &next);
    add_gap(&next);
    bh_buf_add(&next, bh_buf_span(&block));
    return write_text(BH_CODEX_REQUIREMENTS, &next, 0644, place, report, problem);
}

enum bh_err bh_codex_remove_requirement(
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    size_t start, len;
    enum bh_err err = read_text(BH_CODEX_REQUIREMENTS, &text, problem);
    if (err != BH_OK || !find_block(bh_buf_span(&text), &start, &len))
        return err;
    return cut(BH_CODEX_REQUIREMENTS, &text, start, len, 0644, place, report, problem);
}

enum bh_err bh_codex_read_requirement(struct bh_buf *ret_command)
{
    static const char before[] = "\ncommand = \"";
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0}, ignored = {0};
    bh_buf_init(&ignored, BLOCK_LIMIT);
    size_t start, len;
    enum bh_err err = read_text(BH_CODEX_REQUIREMENTS, &text, &ignored);
    if (err != BH_OK)
        return err;
    if (text.data == NULL || !find_block(bh_buf_span(&text), &start, &len))
        return BH_ERR_NOT_FOUND;
    struct bh_span block = {text.data + start, len};
    size_t at = bh_span_find(block, BH_SPAN(before));
    if (at == SIZE_MAX)
        return BH_ERR_NOT_FOUND;
    for (at += sizeof(before) - 1; at < len && block.data[at] != '"'; at++) {
        if (block.data[at] == '\\' && at + 1 < len)
            at++;
        if (block.data[at - 1] == '\\' && block.data[at] == 'u')
            return BH_ERR_CONFLICT; /* control characters: not a path that we would use */
        bh_buf_add_char(ret_command, block.data[at]);
    }
    return BH_OK;
}
