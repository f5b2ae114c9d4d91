// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf admin people` and `behalf admin reset-link`: who there is, and ways back in.
 */
#include "cli/admin_session.h"

#include "app/accounts.h"
#include "cli/admin_url.h"
#include "client/group.h"
#include "client/options.h"
#include "client/output.h"
#include "lib/clock.h"
#include "lib/email.h"
#include "lib/json.h"

#define PEOPLE_SHOWN 10000
#define TEXT_LIMIT ((size_t)8 << 20)

/* Begins a write transaction, unless it fails, and finds the person of that address. */
static enum bh_err begin_for_person(
    struct bh_admin_session *session, struct bh_span text, struct bh_person_record *ret_person)
{
    struct bh_db *db = bh_store_writer(session->store);
    char email[BH_EMAIL_TEXT];
    enum bh_err err = bh_email_read(text, email);
    if (err == BH_OK)
        err = bh_db_begin(db);
    if (err != BH_OK)
        return err;
    err = bh_person_find_by_email(db, bh_span_from(email), &session->arena, ret_person);
    if (err == BH_OK)
        return BH_OK;
    bh_db_rollback(db);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_PERSON_NOT_FOUND : err;
}

/* ---- list ---- */

static void add_person(const struct bh_person_record *person, struct bh_buf *out)
{
    bh_json_add_separator(out);
    bh_buf_add_char(out, '{');
    bh_json_add_key(out, "userId");
    bh_json_add_string(out, person->user_id);
    bh_json_add_key(out, "email");
    bh_json_add_string(out, person->email);
    bh_json_add_key(out, "emailVerified");
    bh_json_add_bool(out, person->email_verified);
    bh_json_add_key(out, "isOperator");
    bh_json_add_bool(out, person->is_operator);
    bh_json_add_key(out, "createdAt");
    bh_json_add_time_or_null(out, person->created_at);
    bh_buf_add_char(out, '}');
}

static enum bh_err list_people(
    struct bh_admin_session *session, const struct bh_arguments *arguments, struct bh_buf *out)
{
    (void)arguments;
    struct bh_person_record *people = NULL;
    size_t count = 0;
    enum bh_err err =
        bh_person_list(bh_store_writer(session->store), 0, PEOPLE_SHOWN, &session->arena, &people, &count);
    if (err != BH_OK)
        return err;
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++)
        add_person(&people[i], out);
    bh_buf_add_char(out, ']');
    return BH_OK;
}

static int people_list(int argc, char **argv)
{
    static const char *const headings[] = {"userId", "email", "verified", "operator", "created"};
    static const char *const members[] = {"userId", "email", "emailVerified", "isOperator", "createdAt"};
    static const struct bh_admin_command command = {
        .usage = {.command = "admin people list",
            .summary = "Show the people who can sign in, oldest first",
            .examples = "admin people list\nadmin people list --json"},
        .run = list_people,
        .headings = headings,
        .members = members,
        .columns = BH_COUNT(members)};
    return bh_admin_run(&command, argc, argv);
}

/* ---- restore ---- */

struct restored {
    struct bh_person_record person; /* as it was before */
    struct bh_account_record account;
    enum bh_role role; /* before */
};

static enum bh_err restore(
    struct bh_admin_session *session, struct bh_span email, struct restored *ret_restored)
{
    struct bh_db *db = bh_store_writer(session->store);
    enum bh_err err = begin_for_person(session, email, &ret_restored->person);
    if (err != BH_OK)
        return err;
    err = bh_accounts_restore_operator(db, ret_restored->person.id, bh_clock_wall_ms(), &session->arena,
        &ret_restored->account, &ret_restored->role);
    return bh_admin_finish_write(db, err);
}

static void add_restored(const struct restored *restored, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_key(out, "userId");
    bh_json_add_string(out, restored->person.user_id);
    bh_json_add_key(out, "email");
    bh_json_add_string(out, restored->person.email);
    bh_json_add_key(out, "isOperator");
    bh_json_add_bool(out, true);
    bh_json_add_key(out, "wasOperator");
    bh_json_add_bool(out, restored->person.is_operator);
    bh_json_add_key(out, "accountId");
    bh_json_add_string(out, restored->account.account_id);
    bh_json_add_key(out, "accountName");
    bh_json_add_string(out, restored->account.name);
    bh_json_add_key(out, "role");
    bh_json_add_string(out, bh_span_from(bh_role_text(BH_ROLE_OWNER)));
    bh_json_add_key(out, "roleBefore");
    bh_json_add_string_or_null(
        out, restored->role == BH_ROLE_NONE ? BH_ABSENT : bh_span_from(bh_role_text(restored->role)));
    bh_buf_add_char(out, '}');
}

/* What it did, in one line for people. */
static void write_restored(const struct restored *restored)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bool was_owner = restored->role == BH_ROLE_OWNER;
    bh_buf_init(&text, TEXT_LIMIT);
    bh_output_add_neutral(restored->person.email, &text);
    bh_buf_add_text(
        &text, restored->person.is_operator ? " was an operator already, and " : " is an operator now, and ");
    bh_buf_add_text(&text, was_owner ? "was an owner of the account \"" : "is an owner of the account \"");
    bh_output_add_neutral(restored->account.name, &text);
    bh_buf_add_text(&text, was_owner ? "\" already" : "\" now");
    if (!was_owner && restored->role != BH_ROLE_NONE)
        bh_buf_addf(&text, " (%s before)", bh_role_text(restored->role));
    bh_buf_add_text(&text, ".\n");
    bh_output_write_buf(&text);
}

static int people_restore(int argc, char **argv)
{
    const char *data = NULL;
    const struct bh_option options[] = {BH_ADMIN_DATA_OPTION(data)};
    const struct bh_usage usage = {.command = "admin people restore",
        .operands = "<email>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Make a person an operator and an owner of the first account again",
        .details =
            "For an operator whom another owner has shut out. The person must exist: see\n"
            "`behalf admin people list`. Who has forgotten the password as well: `behalf admin reset-link`.",
        .examples = "admin people restore ada@example.com",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    BH_CLEANUP(bh_admin_session_close) struct bh_admin_session session = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct restored restored;
    enum bh_err err = bh_admin_session_open(data, &session);
    if (err == BH_OK)
        err = restore(&session, bh_span_from(arguments.operands[0]), &restored);
    if (err != BH_OK)
        return bh_admin_fail(err);
    if (!arguments.json) {
        write_restored(&restored);
        return 0;
    }
    bh_buf_init(&text, TEXT_LIMIT);
    add_restored(&restored, &text);
    return bh_admin_write_object(&text, true);
}

int bh_admin_people(int argc, char **argv)
{
    static const struct bh_command commands[] = {
        {"list", people_list, "show the people who can sign in"},
        {"restore", people_restore, "make a person an operator and owner again"},
    };
    static const struct bh_command_group group = {.name = "behalf admin people",
        .summary = "People who can sign in",
        .commands = commands,
        .command_count = BH_COUNT(commands)};
    return bh_group_run(&group, argc, argv);
}

/* ---- reset links ---- */

static enum bh_err make_link(
    struct bh_admin_session *session, struct bh_span text, char ret_secret[static BH_SECRET_TEXT])
{
    struct bh_db *db = bh_store_writer(session->store);
    struct bh_person_record person;
    enum bh_err err = begin_for_person(session, text, &person);
    if (err != BH_OK)
        return err;
    err = bh_accounts_add_link(db, person.id, BH_MAIL_RESET, bh_clock_wall_ms(), ret_secret);
    return bh_admin_finish_write(db, err);
}

static int write_link(const char *base_url, const char *secret, bool as_json)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0}, link = {0};
    bh_buf_init(&text, TEXT_LIMIT);
    bh_buf_init(&link, TEXT_LIMIT);
    bh_buf_addf(&link, "%s/reset-password#token=%s", base_url, secret);
    bh_buf_add_text(&text, "{\"link\":");
    bh_json_add_string(&text, bh_buf_span(&link));
    bh_buf_addf(&text, ",\"minutes\":%d}", (int)(BH_RESET_LIFE_MS / 60000));
    int status = bh_admin_write_object(&text, as_json);
    bh_wipe(text.data, text.len);
    bh_wipe(link.data, link.len);
    return status;
}

int bh_admin_reset_link(int argc, char **argv)
{
    const char *data = NULL;
    const char *public_url = NULL;
    const struct bh_option options[] = {BH_ADMIN_DATA_OPTION(data),
        BH_OPTION_VALUE("public-url", 0, public_url, "URL",
            "address of the server (default: BEHALFID_PUBLIC_URL, or as it last started)")};
    const struct bh_usage usage = {.command = "admin reset-link",
        .operands = "<email>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Make a link with which a person sets a new password",
        .details =
            "It works once, within 60 minutes, and replaces an older one. Whoever has it can sign in as\n"
            "that person: give it to nobody else. The new password ends the person's sessions and deletes\n"
            "their developer tokens and open invitations.",
        .examples = "admin reset-link ada@example.com",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    BH_CLEANUP(bh_admin_session_close) struct bh_admin_session session = {0};
    char secret[BH_SECRET_TEXT];
    enum bh_err err = bh_admin_session_open(data, &session);
    if (err == BH_OK)
        err = bh_admin_public_url(&session, public_url, &public_url);
    if (err == BH_OK)
        err = make_link(&session, bh_span_from(arguments.operands[0]), secret);
    if (err != BH_OK)
        return bh_admin_fail(err);
    status = write_link(public_url, secret, arguments.json);
    bh_wipe(secret, sizeof(secret));
    return status;
}
