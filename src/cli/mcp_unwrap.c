// SPDX-License-Identifier: Apache-2.0
#include "cli/mcp.h"
#include "cli/wrap_report.h"

#include "client/options.h"
#include "client/output.h"

static const char details[] =
    "Takes the interceptor away from the servers of .mcp.json in the working folder. When nobody has "
    "changed\n"
    "the file since `behalf mcp init --wrap-all`, it becomes byte for byte what it was.";

int bh_mcp_run_unwrap(int argc, char **argv)
{
    const char *path = ".mcp.json";
    bool dry_run = false;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("file", 0, path, "FILE", "the configuration (default: .mcp.json)"),
        BH_OPTION_FLAG("dry-run", 0, dry_run, "say what would change, change nothing"),
    };
    const struct bh_usage usage = {.command = "mcp unwrap",
        .summary = "Give the wrapped servers of .mcp.json their own commands back",
        .details = details,
        .examples = "mcp unwrap\nmcp unwrap --dry-run",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    return bh_wrap_report_run(path, true, dry_run, arguments.json);
}
