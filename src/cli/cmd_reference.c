// SPDX-License-Identifier: Apache-2.0
/* The manual page and docs/cli.md, written from what the commands say of themselves. */
#include "cli/commands.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/output.h"
#include "client/reference.h"
#include "lib/version.h"

#define TEXT_LIMIT ((size_t)4 << 20)

struct fact {
    const char *name, *meaning;
};

static const struct fact variables[] = {
    {"BEHALFID_BASE_URL", "The server; before the configuration, after --base-url."},
    {"BEHALFID_API_KEY", "The agent's key; before the configuration, after --key."},
    {"BEHALFID_AGENT_ID", "The agent; after the configuration."},
    {"BEHALFID_DEVELOPER_TOKEN", "Acts as a person without a session; after --developer-token."},
    {"BEHALFID_HOOK_FAIL_OPEN",
        "1 lets tool calls pass that could not be checked. They are blocked without it."},
    {"BEHALFID_DEBUG", "1 has hooks tell on stderr which tool they judge and how; never its arguments."},
    {"BEHALFID_SHADOW", "true has `run` ask in shadow mode: recorded, not enforced."},
    {"NO_COLOR", "Anything has output without colours."},
};

static const struct fact files[] = {
    {"~/.behalf/config.json", "Server, agent and key (`behalf config`), mode 0600."},
    {"~/.behalf/session", "The session of `behalf login`, mode 0600."},
    {"~/.behalf/cache/", "What the server last said about an agent; for orientation, never for decisions."},
    {".mcp.json, .behalf/context.md", "A project's set-up (`behalf mcp init`)."},
};

struct page {
    struct bh_buf text;
    bool roff;
};

/* For roff: nothing at the beginning of a line or after a backslash may look like a request. */
static void add_roff(struct bh_buf *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool first = i == 0 || text[i - 1] == '\n';
        if (first && (text[i] == '.' || text[i] == '\''))
            bh_buf_add_text(out, "\\&");
        if (text[i] == '\\')
            bh_buf_add_text(out, "\\e");
        else if (text[i] == '-')
            bh_buf_add_text(out, "\\-");
        else
            bh_buf_add_char(out, text[i]);
    }
}

static void add_text(struct page *page, const char *text)
{
    if (page->roff)
        add_roff(&page->text, text, strlen(text));
    else
        bh_buf_add_text(&page->text, text);
}

static void add_heading(struct page *page, int level, const char *text)
{
    if (page->roff)
        bh_buf_add_text(&page->text, level > 2 ? ".SS \"" : ".SH \"");
    else
        bh_buf_addf(&page->text, "\n%.*s ", level, "####");
    if (page->roff && level < 3) {
        for (const char *c = text; *c != 0; c++)
            bh_buf_add_char(&page->text, (char)toupper((unsigned char)*c));
    } else {
        add_text(page, text);
    }
    bh_buf_add_text(&page->text, page->roff ? "\"\n" : "\n");
}

/* A block that keeps its lines; `before` stands in front of each. */
static void add_block(struct page *page, const char *before, const char *lines)
{
    bh_buf_add_text(&page->text, page->roff ? ".PP\n.nf\n" : "```sh\n");
    for (const char *line = lines; *line != 0;) {
        size_t length = strcspn(line, "\n");
        bh_buf_add_text(&page->text, before);
        if (page->roff)
            add_roff(&page->text, line, length);
        else
            bh_buf_add(&page->text, (struct bh_span){line, length});
        bh_buf_add_char(&page->text, '\n');
        line += length + (line[length] == '\n');
    }
    bh_buf_add_text(&page->text, page->roff ? ".fi\n" : "```\n");
}

/* Table cells end at bars. */
static void add_cell(struct page *page, const char *text)
{
    for (; *text != 0; text++) {
        if (*text == '|')
            bh_buf_add_char(&page->text, '\\');
        bh_buf_add_char(&page->text, *text);
    }
}

static void add_entry(struct page *page, const char *name, const char *meaning)
{
    if (page->roff) {
        bh_buf_add_text(&page->text, ".TP\n\\fB");
        add_text(page, name);
        bh_buf_add_text(&page->text, "\\fR\n");
        add_text(page, meaning);
    } else {
        bh_buf_add_text(&page->text, "| `");
        add_cell(page, name);
        bh_buf_add_text(&page->text, "` | ");
        add_cell(page, meaning);
        bh_buf_add_text(&page->text, " |");
    }
    bh_buf_add_char(&page->text, '\n');
}

static void begin_table(struct page *page, const char *first, const char *second)
{
    if (!page->roff)
        bh_buf_addf(&page->text, "\n| %s | %s |\n|---|---|\n", first, second);
}

static void add_options(struct page *page, const struct bh_usage *usage)
{
    if (usage->option_count == 0)
        return;
    begin_table(page, "Option", "Meaning");
    for (size_t i = 0; i < usage->option_count; i++) {
        const struct bh_option *option = &usage->options[i];
        char name[128];
        char meaning[1024];
        char letter[6] = "";
        if (option->letter != 0)
            snprintf(letter, sizeof(letter), "-%c, ", option->letter);
        snprintf(name, sizeof(name), "%s--%s%s%s", letter, option->name, option->value == NULL ? "" : " ",
            option->value == NULL ? "" : option->value_name);
        snprintf(meaning, sizeof(meaning), "%s%s", option->help, option->required ? " (required)" : "");
        add_entry(page, name, meaning);
    }
}

static void take_group(void *context, const struct bh_command_group *group)
{
    (void)context, (void)group;
}

static void take_usage(void *context, const struct bh_usage *usage)
{
    struct page *page = context;
    char line[256];
    snprintf(line, sizeof(line), "behalf %s", usage->command);
    add_heading(page, 3, line);
    bh_buf_add_text(&page->text, page->roff ? "" : "\n");
    add_text(page, usage->summary);
    bh_buf_add_text(&page->text, page->roff ? ".\n" : ".\n\n");
    BH_CLEANUP(bh_buf_finish) struct bh_buf whole = {0};
    bh_buf_init(&whole, sizeof(line));
    bh_buf_add_text(&whole, "behalf ");
    bh_options_add_line(usage, &whole);
    bh_buf_add_char(&whole, 0);
    page->text.failed |= whole.failed;
    add_block(page, "", whole.failed ? "" : whole.data);
    bh_buf_add_text(&page->text, page->roff ? ".PP\n" : "\n");
    if (usage->details != NULL) {
        add_text(page, usage->details);
        bh_buf_add_char(&page->text, '\n');
    }
    add_options(page, usage);
    if (usage->examples != NULL) {
        bh_buf_add_text(&page->text, page->roff ? "" : "\n");
        add_block(page, "behalf ", usage->examples);
    }
    bh_buf_add_text(&page->text, page->roff ? ".PP\n" : "\n");
    add_text(page, "Exit status: ");
    add_text(page, usage->exits == NULL ? "0 done, 1 error" : usage->exits);
    bh_buf_add_text(&page->text, ".\n");
}

static void add_facts(
    struct page *page, const char *heading, const char *column, const struct fact *facts, size_t count)
{
    add_heading(page, 2, heading);
    begin_table(page, column, "Meaning");
    for (size_t i = 0; i < count; i++)
        add_entry(page, facts[i].name, facts[i].meaning);
}

static void add_introduction(struct page *page)
{
    if (page->roff)
        bh_buf_addf(&page->text,
            ".TH BEHALF 1 \"\" \"behalf %s\" \"BehalfID\"\n.SH NAME\nbehalf \\- permissions for AI agents\n"
            ".SH SYNOPSIS\n\\fBbehalf\\fR \\fIcommand\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n",
            BH_VERSION);
    else
        bh_buf_add_text(&page->text, "# The command line\n\nWritten by `behalf reference markdown` from the "
                                     "tables that parse the line "
                                     "and write `--help`.\n\n");
    add_text(page,
        "`behalf` is the server, its command line, and what stands between coding agents and their tools. "
        "Results go to stdout, errors and notes to stderr. `--json` may stand anywhere on the line: results "
        "and errors are JSON then. `behalf help <command>` shows the options of one command.\n");
}

int bh_cmd_reference(int argc, char **argv)
{
    const struct bh_usage usage = {.command = "reference",
        .operands = "man|markdown",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Write the manual page, or the document of all commands"};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    struct page page = {.roff = strcmp(arguments.operands[0], "man") == 0};
    if (!page.roff && strcmp(arguments.operands[0], "markdown") != 0)
        return bh_options_fail(&usage, "The form must be man or markdown.");
    bh_buf_init(&page.text, TEXT_LIMIT);
    add_introduction(&page);
    add_heading(&page, 2, "Commands");
    const struct bh_reference_visitor visitor = {.group = take_group, .usage = take_usage, .context = &page};
    bh_reference_visit(&bh_behalf, &visitor);
    add_facts(&page, "Environment", "Variable", variables, BH_COUNT(variables));
    add_facts(&page, "Files", "File", files, BH_COUNT(files));
    bh_output_write_buf(&page.text);
    bh_buf_finish(&page.text);
    return 0;
}
