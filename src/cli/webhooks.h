// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of `behalf webhooks` share.
 */
#ifndef BH_CLI_WEBHOOKS_H
#define BH_CLI_WEBHOOKS_H

#include "client/client.h"

#define BH_WEBHOOKS_PATH "/api/dashboard/webhooks"
#define BH_WEBHOOK_EVENTS_PATH "/api/dashboard/webhook-events"

/* Attempts, newest first. */
void bh_webhooks_write_deliveries(const json_t *deliveries);

/* webhooks_events.c */
int bh_webhooks_run_events(int argc, char **argv);
int bh_webhooks_run_deliveries(int argc, char **argv);
int bh_webhooks_run_replay(int argc, char **argv);
/* webhooks_listen.c */
int bh_webhooks_run_listen(int argc, char **argv);

#endif
