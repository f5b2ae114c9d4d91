// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/app.h"
#include "client/reference.h"
#include "core/redact.h"

enum { EXIT_ENDED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static void write_all(int fd, const struct bh_buf *text)
{
    ssize_t ignored = write(fd, text->data, text->len);
    (void)ignored;
}

/* Many connections need many descriptors; the hard limit is the administrator's word. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int serve(const struct bh_config *config)
{
    sigset_t stop;
    struct bh_app app;
    int signal_number = 0;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL); /* before any thread starts, so that only this one hears them */
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    bh_log_setup(config->log_level, config->log_format, bh_redact);
    if (bh_app_start(config, &app) != BH_OK)
        return EXIT_FAILED;
    sigwait(&stop, &signal_number);
    bh_log(BH_LOG_INFO, "stopping", "signal", signal_number == SIGTERM ? "SIGTERM" : "SIGINT", NULL);
    bh_app_stop(&app);
    bh_log(BH_LOG_INFO, "stopped", NULL);
    return EXIT_ENDED;
}

/* The options of the server, which come from its configuration, as those of any command. */
static int describe(void)
{
    static const char *value;
    static bool flag;
    struct bh_option options[BH_CONFIG_OPTIONS_MAX];
    char helps[BH_CONFIG_OPTIONS_MAX][512];
    struct bh_config_option given;
    size_t count = 0;
    for (size_t i = 0; count < BH_COUNT(options) && bh_config_option_at(i, &given); i++) {
        if (given.flag[0] == 0)
            continue;
        snprintf(helps[count], sizeof(helps[count]), "%s; %s%s%s", given.help, given.variable,
            given.fallback[0] == 0 ? "" : ", default ", given.fallback);
        bool valued = given.value_name[0] != 0;
        options[count] = (struct bh_option){.name = given.flag + 2,
            .help = helps[count],
            .value_name = valued ? given.value_name : NULL,
            .value = valued ? &value : NULL,
            .flag = valued ? NULL : &flag};
        count++;
    }
    const struct bh_usage usage = {.command = "serve",
        .summary = "Run the server",
        .details =
            "A flag wins over its environment variable, which wins over the default. SIGTERM and SIGINT "
            "answer what is in\nflight, then end.",
        .examples = "serve --demo --data ./data --listen 127.0.0.1:8420",
        .exits = "0 ended on request, 1 could not start, 2 wrong options",
        .options = options,
        .option_count = count};
    bh_reference_add_usage(&usage);
    return 0;
}

int bh_cmd_serve(int argc, char **argv)
{
    struct bh_config config;
    if (bh_reference_is_asked())
        return describe();
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 65536);
    switch (bh_config_read(argc, argv, &config, &text)) {
    case BH_CONFIG_OK:
        return serve(&config);
    case BH_CONFIG_HELP:
        bh_config_write_help(&text);
        write_all(STDOUT_FILENO, &text);
        return EXIT_ENDED;
    case BH_CONFIG_INVALID:
    default:
        bh_buf_add_char(&text, '\n');
        write_all(STDERR_FILENO, &text);
        return EXIT_USAGE;
    }
}
