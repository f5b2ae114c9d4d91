// SPDX-License-Identifier: Apache-2.0
#include "cli/mcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/output.h"
#include "lib/file.h"
#include "mcp/wrap.h"
#include "mcp/wrap_asker.h"

struct given {
    const char *name, *map, *wait, *agent;
    bool hide_denied;
};

static const char details[] = "SERVER CMD is the command of an MCP server that speaks over standard input "
                              "and output. Every line passes\n"
                              "as it is, in both directions; only tools/call reaches the server no sooner "
                              "than it is allowed. A call is\n"
                              "asked as action mcp_tool on resource mcp:NAME:TOOL, unless a mapping file "
                              "says better. Without a decision\n"
                              "nothing is called. The server does not get the agent's key.";

/* "npx" says nothing about the server that it runs, and permissions hold for a name. */
static bool is_launcher(struct bh_span name)
{
    static const char *const launchers[] = {"npx", "npm", "node", "bun", "bunx", "deno", "pnpm", "yarn", "uv",
        "uvx", "pipx", "python", "python3", "docker", "podman", "sh", "bash", "env", "sudo", "java"};
    for (size_t i = 0; i < BH_COUNT(launchers); i++) {
        if (bh_span_equal(name, bh_span_from(launchers[i])))
            return true;
    }
    return false;
}

static const char *name_of(const struct given *given, char *const *command)
{
    if (given->name != NULL)
        return given->name;
    const char *slash = strrchr(command[0], '/');
    const char *name = slash == NULL ? command[0] : slash + 1;
    return is_launcher(bh_span_from(name)) ? NULL : name;
}

static bool read_wait(const char *text, int *ret_wait_s)
{
    char *end;
    errno = 0;
    long wait_s = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || wait_s < 0 || wait_s > BH_WRAP_WAIT_MAX_S)
        return false;
    *ret_wait_s = (int)wait_s;
    return true;
}

/* False with the error printed. */
static bool read_map(const char *path, struct bh_wrap_map *map)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {0};
    bh_buf_init(&text, BH_WRAP_MAP_BYTES);
    bh_buf_init(&message, 8192);
    bh_buf_addf(&message, "The mapping %s cannot be used. ", path);
    if (bh_file_read(path, &text) != BH_OK) {
        bh_buf_add_text(&message, "It cannot be read, or is larger than 1 MiB.");
    } else if (bh_wrap_map_init(map, bh_buf_span(&text), &message)) {
        return true;
    }
    bh_output_error(BH_ABSENT, bh_buf_span(&message), BH_ABSENT);
    return false;
}

static int run(const struct bh_usage *usage, const struct given *given, const struct bh_client_flags *flags,
    struct bh_wrap_map *map, char *const *command)
{
    struct bh_wrap_options options = {.flags = flags,
        .server = name_of(given, command),
        .map = map,
        .wait_s = BH_WRAP_WAIT_S,
        .hide_denied = given->hide_denied,
        .command = command};
    if (options.server == NULL)
        return bh_options_fail(usage, "--name is needed: \"%s\" says nothing about the server.", command[0]);
    if (!bh_wrap_server_name_is_usable(bh_span_from(options.server)))
        return bh_options_fail(usage,
            "--name must have 1 to %d characters, without colons, commas, control characters and outer "
            "blanks.",
            BH_WRAP_SERVER_UNITS);
    if (given->wait != NULL && !read_wait(given->wait, &options.wait_s))
        return bh_options_fail(usage, "--wait must be a number from 0 to %d.", BH_WRAP_WAIT_MAX_S);
    if (given->map != NULL && !read_map(given->map, map))
        return 1;
    struct bh_client client;
    if (!bh_client_init(&client, flags))
        return 1;
    options.agent_id = bh_client_agent_id(&client, given->agent);
    int status = options.agent_id != NULL && bh_client_needs_key(&client) ? bh_wrap_run(&options) : 1;
    bh_client_finish(&client);
    return status;
}

/* Where the server's command begins; `argc` when there is no "--". */
static int find_command(int argc, char **argv)
{
    int at = 1;
    while (at < argc && strcmp(argv[at], "--") != 0)
        at++;
    return at;
}

int bh_mcp_run_wrap(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct given given = {0};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("name", 0, given.name, "NAME",
            "the server's name in permissions (default: that of the program, if it says something)"),
        BH_OPTION_VALUE("map", 0, given.map, "FILE", "JSON that names better actions per tool"),
        BH_OPTION_VALUE(
            "wait", 0, given.wait, "SECONDS", "how long a call waits for a person, 0 to 3600 (default: 50)"),
        BH_OPTION_FLAG(
            "hide-denied", 0, given.hide_denied, "leave tools that are never allowed out of lists"),
        BH_OPTION_VALUE("agent", 0, given.agent, "ID", "agent (default: configuration, BEHALFID_AGENT_ID)"),
        BH_OPTION_API_KEY(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "mcp wrap",
        .operands = "-- SERVER CMD...",
        .operands_last = true,
        .summary = "Put every tool call of an MCP server under permissions",
        .details = details,
        .examples = "mcp wrap --name files -- npx -y @modelcontextprotocol/server-filesystem /srv/docs\n"
                    "mcp wrap --name bank --map bank.json --hide-denied -- ./bank-server",
        .exits = "0 the client ended, else the server's status, 1 for errors, 127 server not found",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status, at = find_command(argc, argv);
    if (!bh_options_begin(&usage, at, argv, &arguments, &status))
        return status;
    if (at + 1 >= argc || argv[at + 1][0] == 0)
        return bh_options_fail(&usage, "The command of the MCP server is missing behind `--`.");
    struct bh_wrap_map map = {NULL};
    status = run(&usage, &given, &flags, &map, argv + at + 1);
    bh_wrap_map_finish(&map);
    return status;
}
