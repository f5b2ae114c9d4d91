// SPDX-License-Identifier: Apache-2.0
/* What a shell may offer next; the shells ask this program, so a script never lags behind it. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "client/output.h"
#include "client/reference.h"

#define TEXT_LIMIT ((size_t)1 << 20)
#define PATH_LIMIT 1024
#define WORDS_MAX 4096

static const char bash[] = "_behalf() {\n"
                           "    local IFS=$'\\n'\n"
                           "    COMPREPLY=($(compgen -W \"$(behalf completion --line "
                           "\"${COMP_LINE:0:COMP_POINT}\" 2>/dev/null)\" -- "
                           "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
                           "}\n"
                           "complete -o default -F _behalf behalf";
static const char zsh[] = "#compdef behalf\n"
                          "_behalf() {\n"
                          "    local -a candidates\n"
                          "    candidates=(\"${(@f)$(behalf completion --line \"${BUFFER[1,CURSOR]}\" "
                          "2>/dev/null)}\")\n"
                          "    compadd -a candidates\n"
                          "}\n"
                          "compdef _behalf behalf";
static const char fish[] =
    "complete -c behalf -a '(behalf completion --line (commandline -cp | string collect) 2>/dev/null)'";

static const struct {
    const char *shell, *script;
} scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

/* What was found so far, each ended by NUL. */
struct finder {
    struct bh_buf words;
    struct bh_buf options; /* of the longest command that the line begins with */
    size_t command_length;
    const char *path;    /* the words of the line that are done, joined by blanks; NULL: every command */
    const char *current; /* the word that is being typed */
};

static void add_word(struct bh_buf *words, const char *text)
{
    bh_buf_add(words, (struct bh_span){text, strlen(text) + 1});
}

/* The name of a group without that of the program. */
static const char *inner_name(const struct bh_command_group *group)
{
    const char *blank = strchr(group->name, ' ');
    return blank == NULL ? "" : blank + 1;
}

static void take_group(void *context, const struct bh_command_group *group)
{
    struct finder *finder = context;
    const char *name = inner_name(group);
    if (finder->path != NULL && strcmp(finder->path, name) != 0)
        return;
    for (size_t i = 0; i < group->command_count; i++) {
        if (group->commands[i].summary == NULL)
            continue;
        if (finder->path == NULL && name[0] != 0)
            bh_buf_addf(&finder->words, "%s ", name);
        add_word(&finder->words, group->commands[i].name);
    }
}

/* Whether the line has the command's words, perhaps with operands behind them. */
static bool begins_with(const char *path, const char *command)
{
    size_t length = strlen(command);
    return strncmp(path, command, length) == 0 && (path[length] == 0 || path[length] == ' ');
}

static void take_usage(void *context, const struct bh_usage *usage)
{
    struct finder *finder = context;
    size_t length = strlen(usage->command);
    if (finder->path == NULL || !begins_with(finder->path, usage->command) || length < finder->command_length)
        return;
    bh_buf_clear(&finder->options);
    finder->command_length = length;
    for (size_t i = 0; i < usage->option_count; i++) {
        bh_buf_add_text(&finder->options, "--");
        add_word(&finder->options, usage->options[i].name);
    }
    add_word(&finder->options, "--json");
    add_word(&finder->options, "--help");
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once, those alone that begin with `prefix`. */
static void write_words(const struct bh_buf *words, const char *prefix)
{
    static const char *lines[WORDS_MAX];
    size_t count = 0;
    for (size_t at = 0; at < words->len && count < WORDS_MAX; at += strlen(words->data + at) + 1) {
        if (strncmp(words->data + at, prefix, strlen(prefix)) == 0)
            lines[count++] = words->data + at;
    }
    qsort(lines, count, sizeof(lines[0]), compare);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(lines[i - 1], lines[i]) != 0)
            bh_output_write_line("%s", lines[i]);
    }
}

static void find(struct finder *finder, const char *path, const char *current)
{
    const struct bh_reference_visitor visitor = {.group = take_group, .usage = take_usage, .context = finder};
    *finder = (struct finder){.path = path, .current = current};
    bh_buf_init(&finder->words, TEXT_LIMIT);
    bh_buf_init(&finder->options, TEXT_LIMIT);
    bh_reference_visit(&bh_behalf, &visitor);
}

static void write_found(struct finder *finder)
{
    bool options = finder->current[0] == '-';
    write_words(options ? &finder->options : &finder->words, finder->current);
    bh_buf_finish(&finder->words);
    bh_buf_finish(&finder->options);
}

/*
 * The words between the program's name and the one that is typed now, joined; an option and what follows it
 * belong to no command's name.
 */
static const char *split(const char *line, char *ret_path, size_t size)
{
    const char *current = strrchr(line, ' ');
    const char *word = line + strcspn(line, " ");
    size_t length = 0;
    ret_path[0] = 0;
    while (current != NULL && word < current) {
        word += strspn(word, " ");
        size_t count = strcspn(word, " ");
        if (word > current || count == 0 || word[0] == '-' || length + count + 2 > size)
            break;
        if (length > 0)
            ret_path[length++] = ' ';
        memcpy(ret_path + length, word, count);
        length += count;
        ret_path[length] = 0;
        word += count;
    }
    return current == NULL ? "" : current + 1;
}

static int write_script(const struct bh_usage *usage, const char *shell)
{
    for (size_t i = 0; i < BH_COUNT(scripts); i++) {
        if (strcmp(scripts[i].shell, shell) == 0) {
            bh_output_write_line("%s", scripts[i].script);
            return 0;
        }
    }
    return bh_options_fail(usage, "The shell must be bash, zsh or fish, not \"%s\".", shell);
}

int bh_cmd_completion(int argc, char **argv)
{
    bool words = false;
    const char *line = NULL;
    const struct bh_option options[] = {
        BH_OPTION_FLAG("words", 0, words, "print every command instead, sorted, one a line"),
        BH_OPTION_VALUE("line", 0, line, "TEXT", "print what may follow this beginning of a line instead"),
    };
    const struct bh_usage usage = {.command = "completion",
        .operands = "bash|zsh|fish",
        .operands_max = 1,
        .summary = "Print the script that completes commands in your shell",
        .details = "bash: source <(behalf completion bash)\n"
                   "zsh:  source <(behalf completion zsh)\n"
                   "fish: behalf completion fish | source",
        .examples = "completion bash\ncompletion --line \"behalf approvals \"",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    if ((arguments.operand_count > 0) + words + (line != NULL) != 1)
        return bh_options_fail(&usage, "Name one of bash, zsh, fish, --words and --line.");
    if (arguments.operand_count > 0)
        return write_script(&usage, arguments.operands[0]);
    struct finder finder;
    char path[PATH_LIMIT];
    const char *current = words ? "" : split(line, path, sizeof(path));
    find(&finder, words ? NULL : path, current);
    write_found(&finder);
    return 0;
}
