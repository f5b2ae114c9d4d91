// SPDX-License-Identifier: Apache-2.0
/*
 * The threads of the interceptor that talk to the BehalfID server, each over a connection of its own that
 * stays open. A few ask; others wait for people, so that many waiting calls delay no question. The loop puts
 * jobs in and takes them out when `event_fd` is readable.
 */
#ifndef BH_MCP_WRAP_ASKER_H
#define BH_MCP_WRAP_ASKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "mcp/wrap_map.h"
#include "mcp/wrap_text.h"

#define BH_WRAP_ASKERS 4
#define BH_WRAP_WAITERS 16 /* calls that can wait for a person at a time */
#define BH_WRAP_WAIT_MAX_S 3600

/* One call or list. It belongs to the loop, but for the time between put and take. */
struct bh_wrap_job {
    struct bh_wrap_job *next;
    bool is_list;
    bool is_task;
    struct bh_wrap_asking asking;
    char *id, *progress_token; /* JSON texts; the token may be NULL */
    char *line;                /* the client's, with its end */
    size_t line_len;
    atomic_bool cancelled; /* nobody wants the answer any more */
    /* Of a call that waits: set before `is_waiting`. */
    char approval_id[64];
    int64_t waits_from_ms, waits_until_ms; /* steady clock */
    atomic_bool is_waiting;
    int64_t progress_at_ms; /* the loop's: when the next progress is due */
    /* The outcome: it may go on, or `reply` is the answer. */
    bool allowed;
    struct bh_buf reply;
    json_t *policy; /* of a list: the agent and its permissions, NULL when they could not be read */
};

void bh_wrap_job_destroy(struct bh_wrap_job *job);

struct bh_wrap_queue {
    struct bh_wrap_job *first, *last;
    size_t count;
};

struct bh_wrap_thread {
    struct bh_wrap_asker *asker;
    struct bh_client client;
    pthread_t thread;
    bool waits;               /* for people, instead of asking */
    struct bh_wrap_job *held; /* what it waits with; under the lock */
};

struct bh_wrap_asker {
    const struct bh_client_flags *flags;
    const char *agent_id, *server;
    int wait_s; /* 0: nobody is waited for */
    int event_fd;
    pthread_mutex_t lock;
    pthread_cond_t put, hand_on; /* work for those who ask, and for those who wait */
    struct bh_wrap_queue questions, waiting, done;
    size_t asking, in_wait; /* jobs in hand */
    struct bh_wrap_thread askers[BH_WRAP_ASKERS], waiters[BH_WRAP_WAITERS];
    size_t asker_count, waiter_count;
    atomic_bool hurried; /* people are not waited for any more */
    atomic_bool stopped; /* nothing is asked any more */
};

/* False with the error printed. */
BH_MUST_USE
bool bh_wrap_asker_init(struct bh_wrap_asker *asker, const struct bh_client_flags *flags,
    const char *agent_id, const char *server, int wait_s);
/* Ends the threads, which takes about a second at most, and destroys what they had. */
void bh_wrap_asker_finish(struct bh_wrap_asker *asker);
/* Takes over the job. */
void bh_wrap_asker_put(struct bh_wrap_asker *asker, struct bh_wrap_job *job);
/* A job that is done, to the caller; NULL when there is none. Makes further threads if they are needed. */
struct bh_wrap_job *bh_wrap_asker_take(struct bh_wrap_asker *asker);
/* Calls that wait for a person are answered as they stand. */
void bh_wrap_asker_hurry(struct bh_wrap_asker *asker);

#endif
