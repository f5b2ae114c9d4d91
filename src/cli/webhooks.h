// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of `behalf webhooks` share.
 */
#ifndef BH_CLI_WEBHOOKS_H
#define BH_CLI_WEBHOOKS_H

#include "client/client.h"

#define BH_WEBHOOKS_PATH "/api/dashboard/webhooks"
#define BH_WEBHOOK_EVENTS_PATH "/api/dashboard/webhook-events"

/* bh_client_begin(), and the credential of a person. False: the command is over, with *ret_status. */
BH_MUST_USE
bool bh_webhooks_begin(const struct bh_usage *usage, int argc, char **argv,
    const struct bh_client_flags *flags, struct bh_arguments *ret_arguments, struct bh_client *ret_client,
    int *ret_status);
/*
 * One call of `before` + id + `after` (id NULL: `before` alone). The answer is the caller's; NULL with the
 * error printed.
 */
json_t *bh_webhooks_call(struct bh_client *client, const char *method, const char *before, const char *id,
    const char *after, const json_t *body);
/* The items of an array of texts, joined by ",". */
void bh_webhooks_join(const json_t *array, struct bh_buf *out);
/* Attempts, newest first. */
void bh_webhooks_write_deliveries(const json_t *deliveries);

/* webhooks_events.c */
int bh_webhooks_run_events(int argc, char **argv);
int bh_webhooks_run_deliveries(int argc, char **argv);
int bh_webhooks_run_replay(int argc, char **argv);
/* webhooks_listen.c */
int bh_webhooks_run_listen(int argc, char **argv);

#endif
