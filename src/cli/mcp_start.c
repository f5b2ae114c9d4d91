// SPDX-License-Identifier: Apache-2.0
#include "cli/mcp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"
#include "client/output.h"
#include "mcp/server.h"

/*
 * A descriptor of its own for the protocol; what anything else prints to standard output goes to standard
 * error. -1 when there is none to be had.
 */
static int take_output(void)
{
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (out < 0)
        return -1;
    if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
        return out;
    close(out);
    return -1;
}

int bh_mcp_run_start(int argc, char **argv)
{
    struct bh_mcp_options options = {.in = STDIN_FILENO};
    const struct bh_option table[] = {
        BH_OPTION_VALUE(
            "agent", 0, options.agent_id, "ID", "the agent (default: configuration, BEHALFID_AGENT_ID)"),
        BH_OPTION_API_KEY(options.flags),
        BH_OPTION_BASE_URL(options.flags),
    };
    const struct bh_usage usage = {.command = "mcp start",
        .summary = "Run the MCP server on standard input and output",
        .details = "A coding agent starts this; `behalf mcp init` tells it how. The model gets the tools\n"
                   "verify_action, get_permissions, get_boundary, wait_for_approval and execute_action. "
                   "Nothing but\n"
                   "the protocol is written to standard output. Ends when standard input does.",
        .examples = "mcp start",
        .options = table,
        .option_count = BH_COUNT(table)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    options.out = take_output();
    if (options.out < 0) {
        bh_output_error(BH_ABSENT, bh_span_from(strerror(errno)), BH_SPAN("Standard output must be open."));
        return 1;
    }
    status = bh_mcp_serve(&options);
    close(options.out);
    return status;
}
