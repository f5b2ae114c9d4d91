// SPDX-License-Identifier: Apache-2.0
/*
 * The command line's side of the HTTP interface. Each call makes one request and prints its own error, so
 * that a command only has to stop. A client belongs to one thread at a time; each thread has its own.
 *
 * Where things come from, first hit: base URL: flag, BEHALFID_BASE_URL, configuration, http://127.0.0.1:8420.
 * Agent key: flag, BEHALFID_API_KEY, configuration. Developer token: flag, BEHALFID_DEVELOPER_TOKEN; without
 * one the session of `behalf login`. Agent id: argument, configuration, BEHALFID_AGENT_ID.
 */
#ifndef BH_CLIENT_CLIENT_H
#define BH_CLIENT_CLIENT_H

#include <jansson.h>

#include "client/options.h"

#define BH_DEFAULT_BASE_URL "http://127.0.0.1:8420"

/* What the flags said; NULL = not given. */
struct bh_client_flags {
    const char *base_url;
    const char *api_key;
    const char *developer_token;
};

/* Rows for a command's option table; `flags` is the struct bh_client_flags. */
#define BH_OPTION_BASE_URL(flags)                                                                            \
    BH_OPTION_VALUE("base-url", 0, (flags).base_url, "URL",                                                  \
        "server (default: BEHALFID_BASE_URL, configuration, " BH_DEFAULT_BASE_URL ")")
#define BH_OPTION_API_KEY(flags)                                                                             \
    BH_OPTION_VALUE(                                                                                         \
        "key", 'k', (flags).api_key, "KEY", "agent key (default: BEHALFID_API_KEY, configuration)")
#define BH_OPTION_DEVELOPER_TOKEN(flags)                                                                     \
    BH_OPTION_VALUE("developer-token", 0, (flags).developer_token, "TOKEN",                                  \
        "developer token (default: BEHALFID_DEVELOPER_TOKEN)")

/* What went wrong with the last request; empty texts when nothing did. To be redacted before it is shown. */
struct bh_client_error {
    char code[48]; /* the server's own, or auth, http_error, network, timeout, bad_response; or "" */
    char message[512];
    char hint[256];
};

struct bh_client {
    json_t *config;
    const char *base_url; /* without trailing slashes; not yet checked */
    const char *api_key;  /* bearer; NULL = none */
    const char *developer_token;
    const char *session; /* secret of who is signed in at this server; NULL = nobody, or a token wins */
    const char *idempotency_key;
    const char *hint; /* for an error of the server that has none of its own; or NULL */
    bool quiet;       /* the caller tells errors itself */
    long patience_ms; /* how long one request may take; 0 = 10 seconds */
    /* Asked about once a second while a request is under way: true gives it up. NULL: nobody asks. */
    bool (*stopped)(void *context);
    void *stopped_context;
    const char *outcome;  /* a 400 whose answer has this member is an answer, no error; or NULL */
    long status;          /* of the last answer; 0 = there was none */
    char new_session[64]; /* the session's secret that the last answer brought, or "" */
    struct bh_client_error error;
    void *handle;     /* for requests; its connection stays open from one to the next */
    bool key_by_flag; /* the key was named on the line, so it is the one to use */
    struct bh_buf base_url_text, session_text;
};

/* Reads configuration and environment; the texts stay theirs. False, with the error printed, without memory.
 */
BH_MUST_USE
bool bh_client_init(struct bh_client *client, const struct bh_client_flags *flags);
/* For BH_CLEANUP too: one that is all zero is left alone. */
void bh_client_finish(struct bh_client *client);
/*
 * The beginning of every command that asks a server: parses the line into `flags` (by the usage's table) and
 * makes the client. False: the command is over, with *ret_status.
 */
BH_MUST_USE
bool bh_client_begin(const struct bh_usage *usage, int argc, char **argv, const struct bh_client_flags *flags,
    struct bh_arguments *ret_arguments, struct bh_client *ret_client, int *ret_status);
/* The same, and bh_client_needs_token(). The client is to be finished also after a failure. */
BH_MUST_USE
bool bh_client_begin_with_token(const struct bh_usage *usage, int argc, char **argv,
    const struct bh_client_flags *flags, struct bh_arguments *ret_arguments, struct bh_client *ret_client,
    int *ret_status);

/* Environment variable; NULL when unset or empty. */
const char *bh_client_environment(const char *name);
/* The agent id in charge; NULL, with the error printed, when none is known. `explicit_id` may be NULL. */
const char *bh_client_agent_id(const struct bh_client *client, const char *explicit_id);
/* False, with an error printed that names the flag and the variable, when the credential is missing. */
BH_MUST_USE
bool bh_client_needs_key(const struct bh_client *client);
BH_MUST_USE
bool bh_client_needs_token(const struct bh_client *client);
BH_MUST_USE
bool bh_client_needs_any(const struct bh_client *client);
/* ... for what only a person may do; the hint says why nothing else will do, and may be NULL. */
BH_MUST_USE
bool bh_client_needs_session(const struct bh_client *client, const char *hint);
/* The developer's routes rather than the agent's: there is a token or a session, and no key was named on the
 * line. */
bool bh_client_acts_as_developer(const struct bh_client *client);

/* Keeps an error in client->error, and prints it unless the client is quiet. Code and hint may be absent. */
void bh_client_fail(
    struct bh_client *client, struct bh_span code, struct bh_span message, struct bh_span hint);

/* Adds "/api/.../" + `id`, percent-encoded, + the rest of the path. */
void bh_client_add_path(struct bh_buf *path, const char *before, const char *id, const char *after);
/* Adds "?name=value" or "&name=value", percent-encoded; nothing for a NULL value. */
void bh_client_add_query(struct bh_buf *path, const char *name, const char *value);

/*
 * One request with at most 10 seconds; no redirects are followed. `body` NULL: a GET for method "GET", else
 * an empty body. Returns the parsed answer of a 2xx (the caller's; of a
 * 204 an empty object), or NULL with the error printed.
 */
json_t *bh_client_call(
    struct bh_client *client, const char *method, const struct bh_buf *path, const json_t *body);
/* The same; each %s of `path` stands for one of the texts, percent-encoded. No other directives. */
json_t *bh_client_ask(struct bh_client *client, const char *method, const json_t *body, const char *path, ...)
    BH_PRINTF(4, 5);

enum bh_follow_end {
    BH_FOLLOW_FAILED = 0, /* for good; the error is printed */
    BH_FOLLOW_LOST,       /* it was an answer and ended, or the server is busy or away: worth another try */
    BH_FOLLOW_STOPPED,    /* by `take` or `stopped` */
    BH_FOLLOW_ENDED,      /* a finite one came to its end */
};

/* An answer that goes on and on. */
struct bh_follower {
    const char *last_event_id; /* or NULL */
    bool persistent;           /* also not to be reached is only LOST */
    bool finite;               /* it has an end, so one that breaks off has FAILED */
    /* Each piece of the body; false: enough. */
    bool (*take)(void *context, struct bh_span piece);
    /* Asked about once a second; or NULL. */
    bool (*stopped)(void *context);
    void *context;
};

/* A GET of an event stream, or of something long, until it ends. One that is silent for 45 seconds is lost:
 * there are heartbeats.
 */
enum bh_follow_end bh_client_follow(
    struct bh_client *client, const struct bh_buf *path, const struct bh_follower *follower);

/* Whether the text is an http or https URL with a host and without user name, query or fragment. */
bool bh_client_url_is_usable(const char *url);

#endif
