// SPDX-License-Identifier: Apache-2.0
/*
 * The arguments of one command, declared once: the same table parses the line and writes `--help`.
 *
 *     const char *action = NULL;
 *     bool shadow = false;
 *     struct bh_option options[] = {
 *         BH_OPTION_REQUIRED("action", 'a', action, "NAME", "what the agent wants to do"),
 *         BH_OPTION_FLAG("shadow", 0, shadow, "record the decision without enforcing it"),
 *     };
 *     const struct bh_usage usage = {.command = "verify", .operands = "[agentId]", .operands_max = 1,
 *         .summary = "Ask whether an agent may act now", .options = options, .option_count =
 * BH_COUNT(options)}; struct bh_arguments arguments; int status; if (!bh_options_begin(&usage, argc, argv,
 * &arguments, &status)) return status;
 *
 * The forms are --name VALUE, --name=VALUE, -n VALUE, -nVALUE, --flag, -f; options and operands in any order;
 * what follows `--` is operands only. Every command knows --json, --no-banner, -h and --help. The last of
 * repeated options counts. An empty value or operand is an error, because it is nearly always an unset shell
 * variable, unless the option says that it may be empty.
 */
#ifndef BH_CLIENT_OPTIONS_H
#define BH_CLIENT_OPTIONS_H

#include "lib/buf.h"

#define BH_OPERANDS_MAX 4

struct bh_option {
    const char *name;       /* long name without dashes */
    char letter;            /* short name; 0 = none */
    bool required;          /* the line must have it */
    bool may_be_empty;      /* "" is a value */
    const char **value;     /* receives the text, which lives in argv; NULL for a flag */
    bool *flag;             /* set to true when the flag is there; NULL for an option with a value */
    const char *value_name; /* how help calls the value */
    const char *help;       /* one line, with the default if there is one */
};

/* Rows of an option table; `target` is the variable itself, `short_name` 0 for none. */
#define BH_OPTION_VALUE(long_name, short_name, target, what, text)                                           \
    {                                                                                                        \
        .name = (long_name), .letter = (short_name), .value = &(target), .value_name = (what),               \
        .help = (text)                                                                                       \
    }
#define BH_OPTION_REQUIRED(long_name, short_name, target, what, text)                                        \
    {                                                                                                        \
        .name = (long_name), .letter = (short_name), .required = true, .value = &(target),                   \
        .value_name = (what), .help = (text)                                                                 \
    }
#define BH_OPTION_FLAG(long_name, short_name, target, text)                                                  \
    {                                                                                                        \
        .name = (long_name), .letter = (short_name), .flag = &(target), .help = (text)                       \
    }

struct bh_usage {
    const char *command;               /* as it is typed after `behalf`: "agents create" */
    const char *operands;              /* "<agentId>", "[agentId]", or NULL for none */
    size_t operands_min, operands_max; /* at most BH_OPERANDS_MAX */
    bool operands_last;                /* options count before the operands alone, and are shown so */
    const char *summary;               /* one line, no full stop */
    const char *details;               /* further lines of help, or NULL */
    const char *examples;              /* one command per line, without "behalf", or NULL */
    const char *exits;                 /* meaning of the exit status; NULL: "0 done, 1 error" */
    const struct bh_option *options;
    size_t option_count;
};

struct bh_arguments {
    const char *operands[BH_OPERANDS_MAX]; /* NULL where there is none */
    size_t operand_count;
    bool json;
    bool help;
};

/*
 * Parses argv[1..]. False: `error` (a limited buffer of the caller) says what is wrong and names the option;
 * some option targets may have been set. When help is asked for nothing else is checked.
 */
BH_MUST_USE
bool bh_options_parse(const struct bh_usage *usage, int argc, char **argv, struct bh_arguments *ret_arguments,
    struct bh_buf *error);
/* What may follow `behalf`: command, operands and "[options]", in the order in which they may be typed. */
void bh_options_add_line(const struct bh_usage *usage, struct bh_buf *out);
/* The text of --help. */
void bh_options_help(const struct bh_usage *usage, struct bh_buf *out);
/*
 * Parses, shows help or the error, and prepares errors for --json. False: the command is over, with
 * *ret_status.
 */
BH_MUST_USE
bool bh_options_begin(
    const struct bh_usage *usage, int argc, char **argv, struct bh_arguments *ret_arguments, int *ret_status);
/* True for the options that count anywhere on the line: --json and --no-banner. */
bool bh_options_is_global(const char *argument);
/* True when --json stands on the line before any `--`. */
bool bh_options_wants_json(int argc, char **argv);
/* A mistake in the arguments that only the command can see: prints it with the pointer to help; returns 1. */
BH_MUST_USE
int bh_options_fail(const struct bh_usage *usage, const char *format, ...) BH_PRINTF(2, 3);

/*
 * A JSON number that is not negative, as --amount and the like want it; false for anything else, for
 * hexadecimal, infinity and what overflows.
 */
BH_MUST_USE
bool bh_options_amount(const char *text, double *ret_amount);

#endif
