// SPDX-License-Identifier: Apache-2.0
/*
 * The checks of `behalf doctor`. Each adds rows {name, status, detail, fix}: status ok, warn or error; fix is
 * a command that can be copied as it is, or null.
 */
#ifndef BH_CLI_DOCTOR_H
#define BH_CLI_DOCTOR_H

#include "client/client.h"
#include "coding/place.h"

struct bh_doctor {
    struct bh_client client; /* quiet */
    struct bh_place place;
    const char *agent_id; /* or NULL */
    bool canary;          /* send the canary through the hooks that are there */
    bool reachable;       /* set by the checks of the server */
    json_t *rows;
};

enum bh_doctor_status { BH_DOCTOR_OK = 0, BH_DOCTOR_WARN, BH_DOCTOR_ERROR };

/* `fix` NULL: none is known. The detail is redacted. */
void bh_doctor_add(struct bh_doctor *doctor, const char *name, enum bh_doctor_status status, const char *fix,
    const char *format, ...) BH_PRINTF(5, 6);

/* doctor_files.c: the configuration of this command line. */
void bh_doctor_check_configuration(struct bh_doctor *doctor);
/* doctor_server.c: the server, the key, the agent, the webhooks. */
void bh_doctor_check_server(struct bh_doctor *doctor);
/* doctor_agents.c: the project's set-up, hooks and programs of the coding agents. */
void bh_doctor_check_project(struct bh_doctor *doctor);
void bh_doctor_check_hosts(struct bh_doctor *doctor);

#endif
