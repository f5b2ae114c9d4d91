// SPDX-License-Identifier: Apache-2.0
#include "app/demo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/accounts.h"
#include "app/agents.h"
#include "app/bootstrap.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/password.h"
#include "lib/timefmt.h"
#include "store/data_dir.h"
#include "store/reader.h"

#define DEMO_EMAIL "demo@behalfid.local"
#define DEMO_PASSWORD 20 /* characters of base64url */
#define PURCHASE_MS (2 * INT64_C(3600000))

/* What the command line uses when it is told no address. */
#define DEFAULT_BASE_URL "http://127.0.0.1:8420"

struct demo {
    char agent_id[BH_ID_TEXT];
    char api_key[BH_SECRET_TEXT];
    char developer_token[BH_SECRET_TEXT];
    char password[BH_SECRET_TEXT]; /* "": there was an operator, or somebody of that address, already */
};

struct setup {
    struct demo *demo;
    char password[BH_PASSWORD_TEXT]; /* as it is stored */
    int64_t account, person;         /* person 0: nobody was made */
};

/* A person to sign in as: the operator, unless there is one. */
static enum bh_err make_person(struct setup *setup, const struct bh_commit_context *context)
{
    char user_id[BH_ID_TEXT];
    int64_t account;
    setup->person = 0;
    enum bh_err err = bh_accounts_add_operator(context->db, BH_SPAN(DEMO_EMAIL),
        bh_span_from(setup->password), BH_ABSENT, context->now_ms, user_id, &setup->person, &account);
    return err == BH_ERR_SETUP_DONE || err == BH_ERR_EMAIL_TAKEN ? BH_OK : err;
}

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
        err = make_person(setup, context);
    }
    if (err == BH_OK)
        err = bh_bootstrap_token(context->db, account.id, setup->person, BH_SPAN("Demo"), context->now_ms,
            token_id, setup->demo->developer_token);
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
    return bh_permissions_grant(app, NULL, agent, &permission, permission_id);
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
            (struct bh_permission_record){.action = BH_SPAN("browse_web"),
                .description = BH_SPAN("Read public web pages"),
                .resource = BH_SPAN("web"),
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

static enum bh_err make_demo(struct bh_app *app, struct demo *demo)
{
    struct setup setup = {.demo = demo};
    unsigned char salt[BH_PASSWORD_SALT];
    bh_random_bytes(salt, sizeof(salt));
    bh_random_secret("", demo->password);
    demo->password[DEMO_PASSWORD] = 0;
    enum bh_err err = bh_password_hash(bh_span_from(demo->password), salt, setup.password);
    if (err == BH_OK)
        err = bh_committer_run(app->committer, make_account, NULL, &setup);
    if (setup.person == 0)
        demo->password[0] = 0;
    struct bh_agent_record agent = {.account = setup.account,
        .owner_person = setup.person,
        .name = BH_SPAN("Demo agent"),
        .status = BH_SPAN("active"),
        .agent_type = BH_SPAN("native"),
        .provider = BH_SPAN("custom"),
        .connection_status = BH_SPAN("manual"),
        .guidelines = BH_SPAN("[]")};
    if (err == BH_OK)
        err = bh_agents_create(app, NULL, &agent, demo->agent_id, demo->api_key);
    return err == BH_OK ? grant_all(app, &agent) : err;
}

/* ---- demo.json, demo.env ---- */

static bool write_draft(const char *path, struct bh_span text)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool written = write(fd, text.data, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    return close(fd) == 0 && written;
}

/* Whole or not at all: it may be the only copy of the credentials. */
static enum bh_err save(const struct bh_app *app, const char *path, struct bh_span text)
{
    char draft[BH_DATA_PATH];
    enum bh_err err = bh_data_dir_path(app->config->data_dir, "demo.new", draft);
    if (err != BH_OK)
        return err;
    if (!write_draft(draft, text) || rename(draft, path) != 0) {
        unlink(draft);
        return BH_ERR_IO;
    }
    return bh_data_dir_sync(app->config->data_dir);
}

static enum bh_err write_demo_json(const struct bh_app *app, const char *path, const struct demo *demo)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 4096);
    bh_buf_add_text(&text, "{\n  \"baseUrl\": ");
    bh_json_add_string(&text, bh_span_from(app->base_url));
    bh_buf_addf(&text, ",\n  \"agentId\": \"%s\",\n  \"apiKey\": \"%s\",\n  \"developerToken\": \"%s\"",
        demo->agent_id, demo->api_key, demo->developer_token);
    if (demo->password[0] != 0)
        bh_buf_addf(&text, ",\n  \"email\": \"%s\",\n  \"password\": \"%s\"", DEMO_EMAIL, demo->password);
    bh_buf_add_text(&text, "\n}\n");
    enum bh_err err = text.failed ? BH_ERR_NO_MEMORY : save(app, path, bh_buf_span(&text));
    bh_wipe(text.data, text.len);
    return err;
}

/* Puts the present address into the file of an earlier demo, and leaves the rest of it alone. */
static enum bh_err refresh_demo_json(const struct bh_app *app, const char *path)
{
    BH_CLEANUP(bh_json_release) json_t *json = json_load_file(path, 0, NULL);
    if (!json_is_object(json))
        return BH_ERR_IO;
    if (bh_span_equal(bh_json_member_text(json, "baseUrl"), bh_span_from(app->base_url)))
        return BH_OK;
    if (json_object_set_new(json, "baseUrl", json_string(app->base_url)) != 0)
        return BH_ERR_NO_MEMORY;
    char *text = json_dumps(json, JSON_INDENT(2));
    if (text == NULL)
        return BH_ERR_NO_MEMORY;
    enum bh_err err = save(app, path, bh_span_from(text));
    bh_wipe(text, strlen(text));
    free(text);
    return err;
}

static void add_export(struct bh_buf *text, const char *variable, struct bh_span value)
{
    bh_buf_addf(text, "export %s='", variable);
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\'')
            bh_buf_add_text(text, "'\\''");
        else
            bh_buf_add_char(text, value.data[i]);
    }
    bh_buf_add_text(text, "'\n");
}

/* What demo.json says, for a shell to read. Not the developer token: it would stand in for the person. */
static enum bh_err write_demo_env(const struct bh_app *app, const char *json_path)
{
    static const struct {
        const char *member, *variable;
    } rows[] = {{"baseUrl", "BEHALFID_BASE_URL"}, {"agentId", "BEHALFID_AGENT_ID"},
        {"apiKey", "BEHALFID_API_KEY"}, {"password", "BEHALFID_PASSWORD"}};
    BH_CLEANUP(bh_json_release) json_t *json = json_load_file(json_path, 0, NULL);
    if (!json_is_object(json))
        return BH_ERR_IO;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 4096);
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        struct bh_span value = bh_json_member_text(json, rows[i].member);
        if (value.len > 0)
            add_export(&text, rows[i].variable, value);
    }
    char path[BH_DATA_PATH];
    enum bh_err err =
        text.failed ? BH_ERR_NO_MEMORY : bh_data_dir_path(app->config->data_dir, "demo.env", path);
    if (err == BH_OK)
        err = save(app, path, bh_buf_span(&text));
    bh_wipe(text.data, text.len);
    return err;
}

/* ---- what is printed ---- */

static void print_curl(
    const struct bh_app *app, const struct demo *demo, const char *title, const char *fields)
{
    printf("# %s\ncurl -s -w '\\n' %s/api/verify -H 'Authorization: Bearer %s' "
           "-H 'Content-Type: application/json' \\\n  -d '{\"agentId\":\"%s\",%s}'\n\n",
        title, app->base_url, demo->api_key, demo->agent_id, fields);
}

static void print_demo(const struct bh_app *app, const struct demo *demo, const char *path)
{
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[length < 0 ? 0 : length] = 0;
    printf("\nBehalfID demo, agent %s. Shown once; also in %s\n"
           "and, for shells, in demo.env beside it: . FILE\n\n",
        demo->agent_id, path);
    printf("Agent key:        %s\nDeveloper token:  %s\n", demo->api_key, demo->developer_token);
    if (demo->password[0] != 0)
        printf("Sign in as:       %s\nPassword:         %s\n", DEMO_EMAIL, demo->password);
    printf("\nAsk it (in another terminal):\n\n");
    if (strcmp(app->base_url, DEFAULT_BASE_URL) != 0)
        printf("# Where the behalf command finds it\nexport BEHALFID_BASE_URL=%s\n\n", app->base_url);
    print_curl(app, demo, "Allowed", "\"action\":\"purchase\",\"vendor\":\"coachella.com\",\"amount\":742");
    print_curl(app, demo, "Denied", "\"action\":\"purchase\",\"vendor\":\"coachella.com\",\"amount\":900");
    print_curl(app, demo, "Needs approval", "\"action\":\"deploy_production\",\"vendor\":\"vercel.com\"");
    if (demo->password[0] != 0)
        printf("Then see what waits for you, and approve it, in a browser:\n\n%s/dashboard\n\n"
               "or here:\n\nBEHALFID_PASSWORD=%s %s login --password --email %s\n"
               "%s approvals list\n%s approvals approve apr_...\n\n",
            app->base_url, demo->password, program, DEMO_EMAIL, program, program);
    fflush(stdout);
}

/* The start does not depend on it: the server may be an old demo that has long become something else. */
static void find_earlier(const struct bh_app *app, const char *path)
{
    if (access(path, F_OK) != 0) {
        bh_log(
            BH_LOG_INFO, "the database is not empty: no demo data made", "data", app->config->data_dir, NULL);
        return;
    }
    enum bh_err err = refresh_demo_json(app, path);
    if (err == BH_OK)
        err = write_demo_env(app, path);
    if (err != BH_OK)
        bh_log(BH_LOG_WARN, "cannot bring the demo's address up to date", "file", path, "reason",
            bh_err_info(err)->text, NULL);
    printf("\nBehalfID demo, made at an earlier start. Its credentials are in %s.\n"
           "Its permission to purchase lasts two hours from when it was made. To begin anew, stop this\n"
           "server, remove %s and start it again.\n\n",
        path, app->config->data_dir);
    fflush(stdout);
}

enum bh_err bh_demo_run(struct bh_app *app)
{
    bool any;
    struct demo demo = {0};
    char path[BH_DATA_PATH];
    enum bh_err err = bh_data_dir_path(app->config->data_dir, "demo.json", path);
    if (err == BH_OK)
        err = has_agents(app, &any);
    if (err != BH_OK)
        return err;
    if (any) {
        find_earlier(app, path);
        return BH_OK;
    }
    err = make_demo(app, &demo);
    if (err == BH_OK) {
        err = write_demo_json(app, path, &demo);
        if (err == BH_OK)
            err = write_demo_env(app, path);
        print_demo(app, &demo, path);
    }
    bh_wipe(&demo, sizeof(demo));
    return err;
}
