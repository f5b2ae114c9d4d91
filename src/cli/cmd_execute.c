// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "client/execution.h"
#include "client/output.h"
#include "lib/json.h"

static const char *mark(const json_t *answer)
{
    if (json_is_true(json_object_get(answer, "executed")))
        return "EXECUTED";
    if (json_is_true(json_object_get(answer, "allowed")))
        return "ALLOWED, BUT IT FAILED";
    return json_is_true(json_object_get(answer, "approvalRequired")) ? "APPROVAL REQUIRED" : "DENIED";
}

static void write_outcome(const json_t *answer)
{
    static const char *const outer[] = {"requestId", "reason", "approvalId", "error"};
    static const char *const inner[] = {"url", "status", "contentType", "title", "truncated"};
    const json_t *result = json_object_get(answer, "result");
    struct bh_span excerpt = bh_json_member_text(result, "excerpt");
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    bh_table_add_pairs(&table, answer, outer, BH_COUNT(outer));
    bh_table_add_pairs(&table, result, inner, BH_COUNT(inner));
    bh_output_write_mark(mark(answer));
    bh_output_write_table(&table);
    if (excerpt.len == 0)
        return;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, BH_OUTPUT_LIMIT);
    bh_output_add_neutral(excerpt, &text);
    bh_output_write_line("\n%.*s", (int)text.len, bh_buf_span(&text).data);
}

static int execute(struct bh_client *client, struct bh_wish *wish, bool json)
{
    wish->agent_id = bh_client_agent_id(client, wish->agent_id);
    if (wish->agent_id == NULL || !bh_client_needs_key(client))
        return 1;
    BH_CLEANUP(bh_json_release) json_t *answer = bh_execution_ask(client, wish);
    if (answer == NULL)
        return 1;
    if (json)
        bh_output_write_json(answer);
    else
        write_outcome(answer);
    return json_is_true(json_object_get(answer, "allowed")) &&
                   json_is_true(json_object_get(answer, "executed"))
               ? 0
               : 1;
}

int bh_cmd_execute(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct bh_wish wish = {.action = "browse_web", .resource = "web"};
    const struct bh_option options[] = {
        BH_OPTION_VALUE("agent", 0, wish.agent_id, "ID", "the agent, instead of [agentId]"),
        BH_OPTION_VALUE("action", 'a', wish.action, "NAME", "what to do (default: browse_web)"),
        BH_OPTION_VALUE("resource", 'r', wish.resource, "NAME", "on what (default: web)"),
        BH_OPTION_REQUIRED("url", 'u', wish.url, "URL", "the public page to read"),
        BH_OPTION_API_KEY(flags),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "execute",
        .operands = "[agentId]",
        .operands_max = 1,
        .summary = "Have the server do an action, if the agent may",
        .details =
            "The server decides, and reads the page only when the agent may. Without [agentId] the agent of\n"
            "the configuration or of BEHALFID_AGENT_ID.",
        .examples = "execute agent_x --url https://example.com\n"
                    "execute --action browse_web --resource web --url https://example.com --json",
        .exits = "0 executed, 1 denied, approval required, failed, or any error",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    if (wish.agent_id != NULL && arguments.operand_count > 0)
        return bh_options_fail(&usage, "Use either --agent or [agentId], not both.");
    if (wish.agent_id == NULL)
        wish.agent_id = arguments.operands[0];
    return execute(&client, &wish, arguments.json);
}
