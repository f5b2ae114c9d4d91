// SPDX-License-Identifier: Apache-2.0
/*
 * Which rows of the log the commands below `behalf logs` are about; and those commands.
 */
#ifndef BH_CLI_LOGS_FILTER_H
#define BH_CLI_LOGS_FILTER_H

#include <jansson.h>

#include "client/client.h"

struct bh_logs_filter {
    const char *agent, *risk, *action, *decision, *search, *since, *limit, *cursor; /* NULL = not given */
    bool allowed, denied;
};

/* Rows of an option table, without those of pages. */
#define BH_LOGS_FILTER_OPTIONS(filter)                                                                       \
    BH_OPTION_VALUE("agent", 0, (filter).agent, "ID", "only this agent's"),                                  \
        BH_OPTION_FLAG("allowed", 0, (filter).allowed, "only what was allowed"),                             \
        BH_OPTION_FLAG("denied", 0, (filter).denied, "only what was not allowed"),                           \
        BH_OPTION_VALUE(                                                                                     \
            "decision", 0, (filter).decision, "NAME", "only allowed, denied or approval_required"),          \
        BH_OPTION_VALUE("risk", 0, (filter).risk, "NAME", "only low, medium or high"),                       \
        BH_OPTION_VALUE("action", 0, (filter).action, "NAME", "only this action"),                           \
        BH_OPTION_VALUE("since", 0, (filter).since, "TIME",                                                  \
            "only from then on: 30m, 24h, 7d, or a date like 2026-05-02 or 2026-05-02T09:30Z"),              \
        BH_OPTION_VALUE("search", 0, (filter).search, "TEXT", "only what contains the text")

/* The server takes a filter that it does not understand for none at all; here that is told. 0 or a status. */
BH_MUST_USE
int bh_logs_filter_check(const struct bh_usage *usage, const struct bh_logs_filter *filter);
/* Adds the query parameters, without the agent. The filter was checked. */
void bh_logs_filter_add(const struct bh_logs_filter *filter, struct bh_buf *path);

/* Whether the row is one of those that the filter's agent, action, risk, --allowed and --denied ask for: for
 * rows that come without having been asked for one by one. */
bool bh_logs_filter_matches(const struct bh_logs_filter *filter, const json_t *row);
/* With a person's credential the account's log is at hand, so no agent need be named. */
bool bh_logs_is_account_wide(const struct bh_client *client, const char *agent);

int bh_cmd_logs_export(int argc, char **argv);
int bh_cmd_logs_delete(int argc, char **argv);

#endif
