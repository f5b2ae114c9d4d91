// SPDX-License-Identifier: Apache-2.0
#include "app/demo.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/agents.h"
#include "app/bootstrap.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/timefmt.h"
#include "store/reader.h"

#define PURCHASE_MS (2 * INT64_C(3600000))

struct setup {
    struct bh_demo *demo;
    int64_t account;
};

static enum bh_err make_account(void *argument, const struct bh_commit_context *context)
{
    struct setup *setup = argument;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    bh_arena_init(&arena, 1024, 65536);
    struct bh_account_record account;
    bool created;
    char token_id[BH_ID_TEXT];
    enum bh_err err = bh_bootstrap_account(context->db, context->now_ms, &arena, &account, &created);
    if (err == BH_OK) {
        setup->account = account.id;
        err = bh_bootstrap_token(context->db, account.id, BH_SPAN("Demo"), context->now_ms, token_id,
            setup->demo->developer_token);
    }
    return err;
}

static enum bh_err grant(
    struct bh_app *app, const struct bh_agent_record *agent, struct bh_permission_record permission)
{
    char permission_id[BH_ID_TEXT];
    if (bh_span_is_absent(permission.allowed_actions))
        permission.allowed_actions = BH_SPAN("[]");
    if (bh_span_is_absent(permission.blocked_actions))
        permission.blocked_actions = BH_SPAN("[]");
    if (bh_span_is_absent(permission.constraints))
        permission.constraints = BH_SPAN("{}");
    return bh_permissions_grant(app, agent, &permission, permission_id);
}

static enum bh_err grant_purchase(struct bh_app *app, const struct bh_agent_record *agent)
{
    char expires_at[BH_TIME_TEXT];
    char constraints[160];
    bh_time_format(bh_clock_wall_ms() + PURCHASE_MS, expires_at);
    snprintf(constraints, sizeof(constraints),
        "{\"maxAmount\":800,\"expiresAt\":\"%s\",\"allowedVendors\":[\"coachella.com\"]}", expires_at);
    return grant(app, agent,
        (struct bh_permission_record){.action = BH_SPAN("purchase"),
            .description = BH_SPAN("Festival tickets, up to $800, for two hours"),
            .resource = BH_SPAN("coachella.com"),
            .template_name = BH_SPAN("purchase"),
            .constraints = bh_span_from(constraints)});
}

static enum bh_err grant_all(struct bh_app *app, const struct bh_agent_record *agent)
{
    enum bh_err err = grant_purchase(app, agent);
    if (err == BH_OK)
        err = grant(app, agent,
            (struct bh_permission_record){.action = BH_SPAN("access_data"),
                .description = BH_SPAN("Read mail"),
                .resource = BH_SPAN("gmail.com"),
                .template_name = BH_SPAN("access_data")});
    if (err == BH_OK)
        err = grant(app, agent,
            (struct bh_permission_record){.action = BH_SPAN("deploy"),
                .description = BH_SPAN("Deploy to staging"),
                .resource = BH_SPAN("vercel.com"),
                .allowed_actions = BH_SPAN("[\"deploy to staging\",\"create preview deployment\","
                                           "\"update environment variables on staging\"]"),
                .blocked_actions = BH_SPAN("[\"deploy to production\",\"promote to production\",\"delete "
                                           "production deployment\"]")});
    if (err == BH_OK)
        err = grant(app, agent,
            (struct bh_permission_record){.action = BH_SPAN("deploy_production"),
                .description = BH_SPAN("Deploy to production, after a person approved"),
                .resource = BH_SPAN("vercel.com"),
                .allowed_actions = BH_SPAN("[\"promote staging to production\"]"),
                .blocked_actions =
                    BH_SPAN("[\"rollback without approval\",\"delete production deployment\"]"),
                .requires_approval = true});
    return err;
}

static enum bh_err has_agents(struct bh_app *app, bool *ret_any)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    bh_arena_init(&arena, 1024, 65536);
    struct bh_account_record account;
    struct bh_agent_record *agents;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_account_first(reader.db, &arena, &account);
    if (err == BH_OK)
        err = bh_agent_list(reader.db, account.id, 1, &arena, &agents, &count);
    *ret_any = count > 0;
    return err == BH_ERR_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_demo_create(struct bh_app *app, struct bh_demo *ret_demo)
{
    bool any;
    struct setup setup = {.demo = ret_demo};
    *ret_demo = (struct bh_demo){0};
    enum bh_err err = has_agents(app, &any);
    if (err != BH_OK || any)
        return err;
    err = bh_committer_run(app->committer, make_account, NULL, &setup);
    struct bh_agent_record agent = {.account = setup.account,
        .name = BH_SPAN("Demo agent"),
        .status = BH_SPAN("active"),
        .agent_type = BH_SPAN("native"),
        .provider = BH_SPAN("custom"),
        .connection_status = BH_SPAN("manual"),
        .guidelines = BH_SPAN("[]")};
    if (err == BH_OK)
        err = bh_agents_create(app, &agent, ret_demo->agent_id, ret_demo->api_key);
    if (err == BH_OK)
        err = grant_all(app, &agent);
    ret_demo->created = err == BH_OK;
    return err;
}

static bool write_file(const char *path, struct bh_span text)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool written = write(fd, text.data, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    return close(fd) == 0 && written;
}

static enum bh_err write_demo_json(const struct bh_app *app, const struct bh_demo *demo)
{
    char path[4096];
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 4096);
    bh_buf_addf(&text,
        "{\n  \"baseUrl\": \"%s\",\n  \"agentId\": \"%s\",\n  \"apiKey\": \"%s\",\n  \"developerToken\": "
        "\"%s\"\n}\n",
        app->base_url, demo->agent_id, demo->api_key, demo->developer_token);
    int length = snprintf(path, sizeof(path), "%s/demo.json", app->config->data_dir);
    bool written =
        length > 0 && (size_t)length < sizeof(path) && !text.failed && write_file(path, bh_buf_span(&text));
    bh_wipe(text.data, text.len);
    return written ? BH_OK : BH_ERR_IO;
}

static void print_curl(
    const struct bh_app *app, const struct bh_demo *demo, const char *title, const char *fields)
{
    printf(
        "# %s\ncurl -s %s/api/verify -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' \\\n"
        "  -d '{\"agentId\":\"%s\",%s}'\n\n",
        title, app->base_url, demo->api_key, demo->agent_id, fields);
}

enum bh_err bh_demo_announce(const struct bh_app *app, struct bh_demo *demo)
{
    if (!demo->created)
        return BH_OK;
    enum bh_err err = write_demo_json(app, demo);
    printf("\nBehalfID demo, agent %s. Shown once; also in %s/demo.json.\n\n", demo->agent_id,
        app->config->data_dir);
    printf("Agent key:        %s\nDeveloper token:  %s\n\nAsk it (in another terminal):\n\n", demo->api_key,
        demo->developer_token);
    print_curl(app, demo, "Allowed", "\"action\":\"purchase\",\"vendor\":\"coachella.com\",\"amount\":742");
    print_curl(app, demo, "Denied", "\"action\":\"purchase\",\"vendor\":\"coachella.com\",\"amount\":900");
    print_curl(app, demo, "Needs approval", "\"action\":\"deploy_production\",\"vendor\":\"vercel.com\"");
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[length < 0 ? 0 : length] = 0;
    printf("Then see what waits for you, and approve it:\n\n%s admin approvals list --data %s\n"
           "%s admin approvals approve apr_... --data %s\n\n",
        program, app->config->data_dir, program, app->config->data_dir);
    fflush(stdout);
    bh_wipe(demo, sizeof(*demo));
    return err;
}
