// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/body.h"
#include "client/client.h"
#include "cli/login_device.h"
#include "cli/login_password.h"
#include "client/output.h"
#include "client/prompt.h"
#include "lib/json.h"

#define PATH_LIMIT 4096
#define POLL_SECONDS_MIN 5
#define POLL_SECONDS_MAX 60
#define WAIT_SECONDS_MAX 3600

struct login {
    bool by_password;
    const char *email, *password;
    const char *confirm, *refuse; /* somebody else's code */
};

static int report(const struct bh_client *client, const char *email, bool as_json)
{
    if (!as_json) {
        bh_output_write_line("Logged in at %s.", client->base_url);
        return 0;
    }
    BH_CLEANUP(bh_json_release) json_t *result = json_pack("{s:b}", "loggedIn", 1);
    if (email != NULL && !bh_body_set_text(result, "email", email))
        return bh_output_no_memory();
    bh_output_write_json(result);
    return 0;
}

static int login_by_password(struct bh_client *client, const struct login *login, bool as_json)
{
    char email[BH_EMAIL_TEXT];
    if (!bh_login_with_password(client, login->email, login->password, email))
        return 1;
    return report(client, email, as_json);
}

/* ---- with a browser ---- */

static int number_of(const json_t *object, const char *key, int low, int high)
{
    double value = json_number_value(json_object_get(object, key));
    return value < low ? low : value > high ? high : (int)value;
}

/* On stderr, also with --json: without it nobody could go on. */
static void show_code(const json_t *request)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 2 * PATH_LIMIT);
    bh_buf_add_text(&text, "Open this address in a browser where you are signed in:\n\n  ");
    bh_output_add_neutral(bh_json_member_text(request, "verificationUri"), &text);
    bh_buf_add_text(&text, "?code=");
    bh_output_add_neutral(bh_json_member_text(request, "userCode"), &text);
    bh_buf_add_text(&text, "\n\nand confirm the code  ");
    bh_output_add_neutral(bh_json_member_text(request, "userCode"), &text);
    bh_buf_add_text(&text, "\n\nor run, where you are logged in:  behalf login --confirm ");
    bh_output_add_neutral(bh_json_member_text(request, "userCode"), &text);
    bh_buf_add_text(&text, "\n\nWithout either, stop this and run `behalf login --password`.\n"
                           "\nWaiting ...\n");
    fwrite(text.data, 1, text.len, stderr);
    fflush(stderr);
}

static int64_t now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static int fail_device(const char *message)
{
    bh_output_error(BH_SPAN("auth"), bh_span_from(message), BH_SPAN("Run `behalf login` again."));
    return 1;
}

/* A poll that fails is skipped: the network may come back. */
static int wait_for_answer(struct bh_client *client, const json_t *request, bool as_json)
{
    int interval = number_of(request, "interval", POLL_SECONDS_MIN, POLL_SECONDS_MAX);
    int64_t end = now_seconds() + number_of(request, "expiresIn", 1, WAIT_SECONDS_MAX);
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    if (!bh_body_set_text(body, "deviceCode", json_string_value(json_object_get(request, "deviceCode"))))
        return bh_output_no_memory();
    client->quiet = true;
    while (now_seconds() < end) {
        sleep((unsigned)interval);
        BH_CLEANUP(bh_json_release)
        json_t *answer = bh_client_ask(client, "POST", body, "/api/auth/device/poll");
        struct bh_span status = bh_json_member_text(answer, "status");
        if (bh_span_equal(status, BH_SPAN("authorized")))
            return bh_login_keep(client, json_string_value(json_object_get(answer, "token")))
                       ? report(client, NULL, as_json)
                       : 1;
        if (bh_span_equal(status, BH_SPAN("denied")))
            return fail_device("The sign-in was denied.");
        if (bh_span_equal(status, BH_SPAN("expired")))
            return fail_device("The code has expired.");
    }
    return fail_device("The code has expired.");
}

static int login_by_device(struct bh_client *client, bool as_json)
{
    BH_CLEANUP(bh_json_release)
    json_t *request = bh_client_ask(client, "POST", NULL, "/api/auth/device/request");
    if (request == NULL)
        return 1;
    if (bh_json_member_text(request, "deviceCode").len == 0 ||
        bh_json_member_text(request, "userCode").len == 0) {
        bh_output_error(BH_SPAN("bad_response"), BH_SPAN("The answer of the server has no code."), BH_ABSENT);
        return 1;
    }
    show_code(request);
    return wait_for_answer(client, request, as_json);
}

/* False when a person at the terminal would rather stay who they are. */
static bool wants_again(const struct bh_client *client)
{
    char answer[16];
    if (client->session == NULL || !isatty(STDIN_FILENO))
        return true;
    bh_prompt_ask("You are logged in already. Log in again? [y/N] ", false, answer, sizeof(answer));
    return answer[0] == 'y' || answer[0] == 'Y';
}

int bh_cmd_login(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    struct login login = {0};
    const struct bh_option options[] = {
        BH_OPTION_FLAG("password", 0, login.by_password, "with email and password, without a browser"),
        BH_OPTION_VALUE("email", 'e', login.email, "EMAIL", "who you are (with --password)"),
        BH_OPTION_VALUE("pass", 'p', login.password, "PASSWORD",
            "password; others can see it on the line: better BEHALFID_PASSWORD, or be asked"),
        BH_OPTION_VALUE("confirm", 0, login.confirm, "CODE",
            "let in who showed this code, as you: only one that you asked for yourself"),
        BH_OPTION_VALUE("refuse", 0, login.refuse, "CODE", "keep out who showed this code"),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "login",
        .summary = "Sign this command line in",
        .details =
            "Shows a code and waits until somebody who is signed in confirms it: in a browser, or with\n"
            "`behalf login --confirm CODE` on any machine. Without either: --password. The session ends\n"
            "after an hour without use, after 14 days, or with `behalf logout`.",
        .examples = "login\nlogin --password --email ada@example.com\nlogin --confirm ACDE-FGHJ",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status;
    if (login.confirm != NULL && login.refuse != NULL)
        return bh_options_fail(&usage, "Use either --confirm or --refuse, not both.");
    if (login.confirm != NULL || login.refuse != NULL) {
        const char *code = login.confirm != NULL ? login.confirm : login.refuse;
        return bh_login_answer_device(&client, code, login.confirm != NULL, arguments.json);
    }
    bool go_on = wants_again(&client);
    client.developer_token = client.session = client.api_key = NULL; /* it is about somebody else */
    if (!go_on)
        return 0;
    if (login.by_password || login.email != NULL || login.password != NULL)
        return login_by_password(&client, &login, arguments.json);
    return login_by_device(&client, arguments.json);
}
