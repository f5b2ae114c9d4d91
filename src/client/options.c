// SPDX-License-Identifier: Apache-2.0
#include "client/options.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/output.h"
#include "client/reference.h"

#define HELP_LIMIT 16384
#define ERROR_LIMIT 4096

struct parser {
    const struct bh_usage *usage;
    int argc;
    char **argv;
    int at;
    uint64_t seen; /* bit per option */
    struct bh_arguments arguments;
    struct bh_buf *error;
};

/* Everything goes into JSON sooner or later, and jansson would drop what is not UTF-8 without a word. */
static bool are_utf8(int argc, char **argv, struct bh_buf *error)
{
    for (int i = 1; i < argc; i++) {
        if (!bh_span_is_utf8(bh_span_from(argv[i]))) {
            bh_buf_addf(error, "Argument %d is not valid UTF-8.", i);
            return false;
        }
    }
    return true;
}

bool bh_options_is_global(const char *argument)
{
    return strcmp(argument, "--json") == 0 || strcmp(argument, "--no-banner") == 0;
}

bool bh_options_wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

/* "-a" or "--amount" where a value is wanted is a forgotten value; "-" and "-5" are values. */
static bool looks_like_option(const char *text)
{
    if (text[0] != '-' || text[1] == 0)
        return false;
    return !isdigit((unsigned char)text[1]) && text[1] != '.';
}

static const struct bh_option *find_long(const struct parser *parser, struct bh_span name)
{
    for (size_t i = 0; i < parser->usage->option_count; i++) {
        const struct bh_option *option = &parser->usage->options[i];
        if (bh_span_equal(bh_span_from(option->name), name))
            return option;
    }
    return NULL;
}

static const struct bh_option *find_letter(const struct parser *parser, char letter)
{
    for (size_t i = 0; i < parser->usage->option_count; i++) {
        const struct bh_option *option = &parser->usage->options[i];
        if (option->letter != 0 && option->letter == letter)
            return option;
    }
    return NULL;
}

/* `attached` is the text behind "=" or the letter; NULL: the value is the next argument. */
static bool take_value(struct parser *parser, const struct bh_option *option, const char *attached)
{
    const char *value = attached;
    if (value == NULL && parser->at + 1 < parser->argc && !looks_like_option(parser->argv[parser->at + 1]))
        value = parser->argv[++parser->at];
    if (value == NULL || (value[0] == 0 && !option->may_be_empty)) {
        bh_buf_addf(parser->error, "Option --%s needs a value.", option->name);
        if (value == NULL && parser->at + 1 < parser->argc)
            bh_buf_addf(parser->error, " Write --%s=%s if that is the value.", option->name,
                parser->argv[parser->at + 1]);
        return false;
    }
    *option->value = value;
    return true;
}

static bool take_option(struct parser *parser, const struct bh_option *option, const char *attached)
{
    parser->seen |= UINT64_C(1) << (option - parser->usage->options);
    if (option->value != NULL)
        return take_value(parser, option, attached);
    if (attached != NULL) {
        bh_buf_addf(parser->error, "Option --%s takes no value.", option->name);
        return false;
    }
    assert(option->flag != NULL);
    *option->flag = true;
    return true;
}

static bool take_long(struct parser *parser, const char *text)
{
    const char *equals = strchr(text, '=');
    struct bh_span name = {text, equals == NULL ? strlen(text) : (size_t)(equals - text)};
    const struct bh_option *option = find_long(parser, name);
    if (option == NULL) {
        bh_buf_addf(parser->error, "Unknown option --%.*s.", (int)name.len, name.data);
        return false;
    }
    return take_option(parser, option, equals == NULL ? NULL : equals + 1);
}

static bool take_short(struct parser *parser, const char *text)
{
    const struct bh_option *option = find_letter(parser, text[0]);
    if (option == NULL || (option->flag != NULL && text[1] != 0)) {
        bh_buf_addf(parser->error, "Unknown option -%s.", text);
        return false;
    }
    return take_option(parser, option, text[1] == 0 ? NULL : text + 1);
}

static bool take_operand(struct parser *parser, const char *text)
{
    struct bh_arguments *arguments = &parser->arguments;
    if (arguments->operand_count >= parser->usage->operands_max) {
        bh_buf_addf(parser->error, "Unexpected argument \"%s\".", text);
        return false;
    }
    if (text[0] == 0) {
        bh_buf_addf(parser->error, "An argument is empty: %s.", parser->usage->operands);
        return false;
    }
    arguments->operands[arguments->operand_count++] = text;
    return true;
}

static bool take(struct parser *parser, bool *only_operands)
{
    const char *text = parser->argv[parser->at];
    if (*only_operands || text[0] != '-' || text[1] == 0)
        return take_operand(parser, text);
    if (strcmp(text, "--") == 0) {
        *only_operands = true;
        return true;
    }
    if (bh_options_is_global(text)) {
        parser->arguments.json |= strcmp(text, "--json") == 0;
        return true;
    }
    if (text[1] == '-')
        return take_long(parser, text + 2);
    return take_short(parser, text + 1);
}

static bool is_complete(struct parser *parser)
{
    const struct bh_usage *usage = parser->usage;
    if (parser->arguments.operand_count < usage->operands_min) {
        bh_buf_addf(parser->error, "Missing argument: %s.", usage->operands);
        return false;
    }
    for (size_t i = 0; i < usage->option_count; i++) {
        if (usage->options[i].required && (parser->seen >> i & 1) == 0) {
            bh_buf_addf(parser->error, "Option --%s is required.", usage->options[i].name);
            return false;
        }
    }
    return true;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

bool bh_options_parse(const struct bh_usage *usage, int argc, char **argv, struct bh_arguments *ret_arguments,
    struct bh_buf *error)
{
    struct parser parser = {.usage = usage, .argc = argc, .argv = argv, .at = 1, .error = error};
    parser.arguments.help = wants_help(argc, argv);
    if (!are_utf8(argc, argv, error))
        return false;
    bool only_operands = false;
    for (; parser.at < argc && !parser.arguments.help; parser.at++) {
        if (!take(&parser, &only_operands))
            return false;
    }
    if (!parser.arguments.help && !is_complete(&parser))
        return false;
    *ret_arguments = parser.arguments;
    return true;
}

static void add_option_head(const struct bh_option *option, struct bh_buf *out)
{
    bh_buf_clear(out);
    if (option->letter != 0)
        bh_buf_addf(out, "-%c, ", option->letter);
    else
        bh_buf_add_text(out, "    ");
    bh_buf_addf(out, "--%s", option->name);
    if (option->value != NULL)
        bh_buf_addf(out, " %s", option->value_name);
}

static void add_option_lines(const struct bh_usage *usage, struct bh_buf *out)
{
    static const struct bh_option common[] = {
        {.name = "json", .help = "machine-readable output and errors"},
        {.name = "help", .letter = 'h', .help = "show this text"},
    };
    BH_CLEANUP(bh_buf_finish) struct bh_buf head = {0};
    bh_buf_init(&head, HELP_LIMIT);
    size_t width = 0;
    for (size_t i = 0; i < usage->option_count + BH_COUNT(common); i++) {
        add_option_head(
            i < usage->option_count ? &usage->options[i] : &common[i - usage->option_count], &head);
        width = head.len > width ? head.len : width;
    }
    for (size_t i = 0; i < usage->option_count + BH_COUNT(common); i++) {
        const struct bh_option *option =
            i < usage->option_count ? &usage->options[i] : &common[i - usage->option_count];
        add_option_head(option, &head);
        bh_buf_addf(out, "  %-*.*s  %s%s\n", (int)width, (int)head.len, head.data, option->help,
            option->required ? " (required)" : "");
    }
}

static void add_examples(const char *examples, struct bh_buf *out)
{
    bh_buf_add_text(out, "\nExamples:\n");
    for (const char *line = examples; *line != 0;) {
        size_t length = strcspn(line, "\n");
        bh_buf_addf(out, "  behalf %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

void bh_options_add_line(const struct bh_usage *usage, struct bh_buf *out)
{
    bh_buf_addf(out, "%s%s", usage->command, usage->operands_last ? " [options]" : "");
    if (usage->operands != NULL)
        bh_buf_addf(out, " %s", usage->operands);
    bh_buf_add_text(out, usage->operands_last ? "" : " [options]");
}

void bh_options_help(const struct bh_usage *usage, struct bh_buf *out)
{
    bh_buf_addf(out, "%s.\n\nUsage: behalf ", usage->summary);
    bh_options_add_line(usage, out);
    bh_buf_add_char(out, '\n');
    if (usage->details != NULL)
        bh_buf_addf(out, "\n%s\n", usage->details);
    bh_buf_add_text(out, "\nOptions:\n");
    add_option_lines(usage, out);
    if (usage->examples != NULL)
        add_examples(usage->examples, out);
    bh_buf_addf(out, "\nExit status: %s.\n", usage->exits == NULL ? "0 done, 1 error" : usage->exits);
}

static void print_usage_error(const struct bh_usage *usage, struct bh_span message)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf hint = {0};
    bh_buf_init(&hint, ERROR_LIMIT);
    bh_buf_addf(&hint, "Run `behalf %s --help` for usage.", usage->command);
    bh_output_error(BH_ABSENT, message, bh_buf_span(&hint));
}

bool bh_options_begin(
    const struct bh_usage *usage, int argc, char **argv, struct bh_arguments *ret_arguments, int *ret_status)
{
    if (bh_reference_is_asked()) {
        bh_reference_add_usage(usage);
        *ret_status = 0;
        return false;
    }
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, HELP_LIMIT);
    bh_output_setup(bh_options_wants_json(argc, argv));
    struct bh_arguments arguments;
    if (!bh_options_parse(usage, argc, argv, &arguments, &text)) {
        print_usage_error(usage, bh_buf_span(&text));
        *ret_status = 1;
        return false;
    }
    if (arguments.help) {
        bh_options_help(usage, &text);
        bh_output_write(bh_buf_span(&text));
        *ret_status = 0;
        return false;
    }
    *ret_arguments = arguments;
    return true;
}

int bh_options_fail(const struct bh_usage *usage, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    print_usage_error(usage, bh_span_from(message));
    return 1;
}

bool bh_options_amount(const char *text, double *ret_amount)
{
    if (text[0] == 0 || !isdigit((unsigned char)text[0]) || text[strspn(text, "0123456789+-.eE")] != 0)
        return false;
    char *end;
    double amount = strtod(text, &end);
    if (*end != 0 || !isfinite(amount))
        return false;
    *ret_amount = amount;
    return true;
}
