// SPDX-License-Identifier: Apache-2.0
#include "app/setup.h"

#include <stdio.h>

#include "store/people.h"
#include "store/reader.h"

enum bh_err bh_setup_is_needed(struct bh_app *app, bool *ret_needed)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    size_t operators;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_person_count_operators(reader.db, &operators);
    if (err == BH_OK)
        *ret_needed = operators == 0;
    return err;
}

/* What stands for the password is too short to be one: a ready one would stay as it is, in a terminal and in
 * the server's log. */
static void print(const struct bh_app *app, const char *token)
{
    printf("\nThis server has no operator yet. Open this link to become it; it works once, and until this\n"
           "server ends:\n\n%s/setup#token=%s\n\n",
        app->base_url, token);
    printf("Or in a terminal, with your own address; choose a password of at least 10 characters:\n\n"
           "curl -s -w '\\n' %s/api/setup -H 'Content-Type: application/json' \\\n"
           "  -d '{\"token\":\"%s\",\"email\":\"operator@example.com\",\"password\":\"...\"}'\n\n",
        app->base_url, token);
    fflush(stdout);
}

enum bh_err bh_setup_offer(struct bh_app *app)
{
    bool needed;
    char token[BH_SECRET_TEXT];
    enum bh_err err = bh_setup_is_needed(app, &needed);
    if (err != BH_OK || !needed)
        return err;
    bh_random_secret("", token);
    app->setup_hash = bh_sha256(bh_span_from(token));
    app->setup_offered = true;
    print(app, token);
    bh_wipe(token, sizeof(token));
    return BH_OK;
}

bool bh_setup_accepts(const struct bh_app *app, struct bh_span token)
{
    struct bh_sha256 given = bh_sha256(token);
    struct bh_sha256 configured = bh_sha256(bh_span_from(app->config->setup_token));
    bool is_printed = bh_equal_constant_time(bh_sha256_span(&given), bh_sha256_span(&app->setup_hash));
    bool is_configured = bh_equal_constant_time(bh_sha256_span(&given), bh_sha256_span(&configured));
    return (app->setup_offered && is_printed) || (app->config->setup_token[0] != 0 && is_configured);
}
