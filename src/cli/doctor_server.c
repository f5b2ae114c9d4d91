// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/webhooks.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/timefmt.h"

#define SKEW_WARN_MS 30000
#define SKEW_ERROR_MS 300000 /* what receivers of webhooks tolerate */
#define FIX_SIZE 512

/* `path` as bh_client_ask() has it, with one text or none. With no more credentials than those that are
 * given; the client has its own again afterwards. */
static json_t *get(struct bh_doctor *doctor, const char *path, const char *id, bool as_agent, bool as_person)
{
    struct bh_client *client = &doctor->client;
    const char *key = client->api_key, *token = client->developer_token, *session = client->session;
    if (!as_agent)
        client->api_key = NULL;
    if (!as_person)
        client->developer_token = client->session = NULL;
    client->status = 0;
    json_t *answer = bh_client_ask(client, "GET", NULL, path, id);
    client->api_key = key;
    client->developer_token = token;
    client->session = session;
    return answer;
}

/* ---- the server itself ---- */

/* Whether the clocks agree, from when the question went out to when the answer was there. */
static void check_clock(struct bh_doctor *doctor, const json_t *health, int64_t asked_ms)
{
    int64_t now_ms = bh_clock_wall_ms(), server_ms;
    if (!bh_time_parse(bh_json_member_text(health, "timestamp"), &server_ms)) {
        bh_doctor_add(
            doctor, "Clock", BH_DOCTOR_WARN, NULL, "the server's answer has no time to compare with");
        return;
    }
    int64_t skew_ms = server_ms < asked_ms ? asked_ms - server_ms
                      : server_ms > now_ms ? server_ms - now_ms
                                           : 0;
    enum bh_doctor_status status = skew_ms > SKEW_ERROR_MS  ? BH_DOCTOR_ERROR
                                   : skew_ms > SKEW_WARN_MS ? BH_DOCTOR_WARN
                                                            : BH_DOCTOR_OK;
    if (status == BH_DOCTOR_OK)
        bh_doctor_add(doctor, "Clock", status, NULL, "agrees with the server's");
    else
        bh_doctor_add(doctor, "Clock", status, "sudo timedatectl set-ntp true",
            "%lld seconds %s the server's", (long long)(skew_ms / 1000),
            server_ms > now_ms ? "behind" : "ahead of");
}

static void check_health(struct bh_doctor *doctor)
{
    char fix[FIX_SIZE];
    int64_t asked_ms = bh_clock_wall_ms();
    BH_CLEANUP(bh_json_release) json_t *health = get(doctor, "/api/health", NULL, false, false);
    doctor->reachable = health != NULL;
    bool local = strcmp(doctor->client.base_url, BH_DEFAULT_BASE_URL) == 0;
    snprintf(fix, sizeof(fix), local ? "behalf serve" : "curl -i '%s/api/health'", doctor->client.base_url);
    if (health == NULL) {
        bh_doctor_add(doctor, "API health", BH_DOCTOR_ERROR, fix, "%s", doctor->client.error.message);
        return;
    }
    bh_doctor_add(doctor, "API health", BH_DOCTOR_OK, NULL, "%s answers", doctor->client.base_url);
    check_clock(doctor, health, asked_ms);
}

/* ---- the agent ---- */

static void check_status(struct bh_doctor *doctor, const json_t *agent)
{
    char fix[FIX_SIZE];
    const char *status = json_string_value(json_object_get(agent, "status"));
    snprintf(fix, sizeof(fix), "behalf agents enable %s", doctor->agent_id);
    if (status != NULL && strcmp(status, "active") == 0)
        bh_doctor_add(doctor, "Agent status", BH_DOCTOR_OK, NULL, "active");
    else
        bh_doctor_add(doctor, "Agent status", BH_DOCTOR_ERROR, fix, "%s, so everything is denied",
            status == NULL ? "unknown" : status);
}

/* A new key for the agent, put where it is looked for; who is not signed in must have one given. */
static void make_key_fix(const struct bh_doctor *doctor, char *ret_fix, size_t size)
{
    if (doctor->client.developer_token == NULL && doctor->client.session == NULL)
        snprintf(ret_fix, size, "behalf init");
    else
        snprintf(ret_fix, size,
            "behalf config set api-key \"$(behalf agents rotate-key '%s' --json | sed -n "
            "'s/.*\"apiKey\": \"\\([^\"]*\\)\".*/\\1/p')\"",
            doctor->agent_id);
}

static void check_agent(struct bh_doctor *doctor)
{
    char fix[FIX_SIZE];
    if (doctor->agent_id == NULL || doctor->client.api_key == NULL || !doctor->reachable)
        return; /* a row above says so */
    make_key_fix(doctor, fix, sizeof(fix));
    BH_CLEANUP(bh_json_release) json_t *answer = get(doctor, "/api/agents/%s", doctor->agent_id, true, false);
    long http = doctor->client.status;
    if (answer == NULL) {
        bool refused = http == 401 || http == 403 || http == 404;
        bh_doctor_add(doctor, "Key accepted", BH_DOCTOR_ERROR, refused ? fix : NULL, "%s",
            doctor->client.error.message);
        return;
    }
    bh_doctor_add(doctor, "Key accepted", BH_DOCTOR_OK, NULL, "the server takes it for %s", doctor->agent_id);
    check_status(doctor, json_object_get(answer, "agent"));
}

/* ---- the person ---- */

/* False when nobody is signed in who could look at webhooks. */
static bool check_session(struct bh_doctor *doctor)
{
    const struct bh_client *client = &doctor->client;
    if (client->developer_token == NULL && client->session == NULL) {
        bh_doctor_add(doctor, "Session", BH_DOCTOR_WARN, "behalf login",
            "nobody is signed in, so webhooks were not looked at");
        return false;
    }
    if (!doctor->reachable)
        return false;
    BH_CLEANUP(bh_json_release) json_t *answer = get(doctor, "/api/auth/me", NULL, false, true);
    const char *email = json_string_value(json_object_get(json_object_get(answer, "user"), "email"));
    bool token = client->developer_token != NULL;
    if (answer == NULL)
        bh_doctor_add(doctor, "Session", BH_DOCTOR_WARN,
            token ? "unset BEHALFID_DEVELOPER_TOKEN" : "behalf login", "%s", client->error.message);
    else
        bh_doctor_add(doctor, "Session", BH_DOCTOR_OK, NULL, "%s", email == NULL ? "developer token" : email);
    return answer != NULL;
}

/* ---- webhooks ---- */

/* The newest attempt that failed, in words. */
static void tell_failure(struct bh_doctor *doctor, const char *id, char *ret_text, size_t size)
{
    BH_CLEANUP(bh_json_release) json_t *answer = get(doctor, BH_WEBHOOKS_PATH "/%s", id, false, true);
    const json_t *deliveries = json_object_get(answer, "deliveries");
    snprintf(ret_text, size, "no attempt is known");
    for (size_t i = 0; i < json_array_size(deliveries); i++) {
        const json_t *delivery = json_array_get(deliveries, i);
        if (bh_span_equal(bh_json_member_text(delivery, "status"), BH_SPAN("success")))
            continue;
        const char *error = json_string_value(json_object_get(delivery, "error"));
        const char *created = json_string_value(json_object_get(delivery, "createdAt"));
        snprintf(ret_text, size, "last failure %s: %s (HTTP %.0f)", created == NULL ? "" : created,
            error == NULL ? "no reason given" : error,
            json_number_value(json_object_get(delivery, "httpStatus")));
        return;
    }
}

/* True when there is something to be told about it. */
static bool check_webhook(struct bh_doctor *doctor, const json_t *webhook)
{
    char fix[FIX_SIZE], failure[FIX_SIZE];
    const char *id = json_string_value(json_object_get(webhook, "webhookId"));
    const char *url = json_string_value(json_object_get(webhook, "url"));
    const char *since = json_string_value(json_object_get(webhook, "failingSince"));
    const char *reason = json_string_value(json_object_get(webhook, "disabledReason"));
    bool disabled = !bh_span_equal(bh_json_member_text(webhook, "status"), BH_SPAN("active"));
    if (id == NULL || url == NULL || (since == NULL && !(disabled && reason != NULL)))
        return false;
    tell_failure(doctor, id, failure, sizeof(failure));
    snprintf(fix, sizeof(fix), disabled ? "behalf webhooks enable %s" : "behalf webhooks test %s", id);
    bh_doctor_add(doctor, "Webhooks", BH_DOCTOR_WARN, fix, "%s to %s %s %s; %s", id, url,
        disabled ? "is disabled:" : "fails since", disabled ? reason : since, failure);
    return true;
}

static void check_webhooks(struct bh_doctor *doctor)
{
    BH_CLEANUP(bh_json_release) json_t *answer = get(doctor, BH_WEBHOOKS_PATH, NULL, false, true);
    const json_t *webhooks = json_object_get(answer, "webhooks");
    if (answer == NULL) {
        bh_doctor_add(doctor, "Webhooks", BH_DOCTOR_WARN, NULL, "%s", doctor->client.error.message);
        return;
    }
    bool told = false;
    for (size_t i = 0; i < json_array_size(webhooks); i++)
        told |= check_webhook(doctor, json_array_get(webhooks, i));
    if (!told)
        bh_doctor_add(doctor, "Webhooks", BH_DOCTOR_OK, NULL, "%zu endpoints, none of them fails",
            json_array_size(webhooks));
}

void bh_doctor_check_server(struct bh_doctor *doctor)
{
    if (!bh_client_url_is_usable(doctor->client.base_url))
        return;
    check_health(doctor);
    check_agent(doctor);
    if (check_session(doctor))
        check_webhooks(doctor);
}
