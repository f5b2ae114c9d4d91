// SPDX-License-Identifier: Apache-2.0
#include "gateway/fetch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/extractor.h"
#include "gateway/fetch_task.h"
#include "lib/clock.h"

#define WAITS (BH_FETCH_PLACES * BH_RESOLVE_SOCKETS)

struct account_place {
    int64_t account;
    unsigned count; /* 0 = free */
};

struct bh_fetcher {
    struct bh_fetch_context context;
    pthread_t thread;
    _Atomic int64_t turned_at; /* steady clock */
    pthread_mutex_t lock;
    /* Under the lock: */
    struct bh_fetch *first, **last; /* submitted, not yet taken */
    bool is_stopping, has_stopped;
    unsigned places;
    struct account_place accounts[BH_FETCH_PLACES];
    /* The thread's own: */
    struct bh_fetch_task *tasks;
    struct curl_waitfd waits[WAITS];
};

/* ---- places ---------------------------------------------------------------------------------------------
 */

/* There are as many entries as places, so one is free when none is of the account. */
static struct account_place *find_account(struct bh_fetcher *fetcher, int64_t account)
{
    struct account_place *unused = NULL;
    for (size_t i = 0; i < BH_FETCH_PLACES; i++) {
        struct account_place *place = &fetcher->accounts[i];
        if (place->count > 0 && place->account == account)
            return place;
        if (place->count == 0)
            unused = place;
    }
    return unused;
}

static enum bh_err take_place(struct bh_fetcher *fetcher, int64_t account)
{
    if (fetcher->is_stopping)
        return BH_ERR_GATEWAY_BUSY;
    struct account_place *place = find_account(fetcher, account);
    if (place != NULL && place->count >= BH_FETCH_ACCOUNT_PLACES)
        return BH_ERR_GATEWAY_BUSY_ACCOUNT;
    if (place == NULL || fetcher->places >= BH_FETCH_PLACES)
        return BH_ERR_GATEWAY_BUSY;
    place->account = account;
    place->count++;
    fetcher->places++;
    return BH_OK;
}

/* What it looks at does not change once the fetcher has started. */
enum bh_err bh_fetcher_judge(const struct bh_fetcher *fetcher, const struct bh_url *url)
{
    return bh_fetch_judge(&fetcher->context.reach, url);
}

enum bh_err bh_fetcher_enter(struct bh_fetcher *fetcher, int64_t account)
{
    pthread_mutex_lock(&fetcher->lock);
    enum bh_err err = take_place(fetcher, account);
    pthread_mutex_unlock(&fetcher->lock);
    return err;
}

void bh_fetcher_leave(struct bh_fetcher *fetcher, int64_t account)
{
    pthread_mutex_lock(&fetcher->lock);
    struct account_place *place = find_account(fetcher, account);
    if (place != NULL && place->count > 0) {
        place->count--;
        fetcher->places--;
    }
    pthread_mutex_unlock(&fetcher->lock);
}

/* ---- the thread -----------------------------------------------------------------------------------------
 */

static void refuse(struct bh_fetch *fetch)
{
    fetch->result = (struct bh_fetch_result){.err = BH_ERR_GATEWAY_FETCH,
        .url = fetch->url.text,
        .media_type = BH_SPAN(""),
        .excerpt = BH_SPAN("")};
    fetch->done(fetch);
}

void bh_fetcher_submit(struct bh_fetcher *fetcher, struct bh_fetch *fetch)
{
    fetch->next = NULL;
    pthread_mutex_lock(&fetcher->lock);
    bool is_taken = !fetcher->has_stopped;
    if (is_taken) {
        *fetcher->last = fetch;
        fetcher->last = &fetch->next;
        curl_multi_wakeup(fetcher->context.multi);
    }
    pthread_mutex_unlock(&fetcher->lock);
    if (!is_taken)
        refuse(fetch);
}

/* What was submitted; false when the thread is to end, which nothing can be submitted to any more then. */
static bool take_submitted(struct bh_fetcher *fetcher, struct bh_fetch **ret_first)
{
    pthread_mutex_lock(&fetcher->lock);
    *ret_first = fetcher->first;
    fetcher->first = NULL;
    fetcher->last = &fetcher->first;
    bool goes_on = !fetcher->is_stopping;
    fetcher->has_stopped = !goes_on;
    pthread_mutex_unlock(&fetcher->lock);
    return goes_on;
}

static void start_all(struct bh_fetcher *fetcher, struct bh_fetch *first)
{
    while (first != NULL) {
        struct bh_fetch *fetch = first;
        first = fetch->next;
        struct bh_fetch_task *task = bh_fetch_task_create(&fetcher->context, fetch, bh_clock_steady_ms());
        if (task == NULL) {
            refuse(fetch);
            continue;
        }
        task->next = fetcher->tasks;
        fetcher->tasks = task;
    }
}

static void wait_for_news(struct bh_fetcher *fetcher)
{
    size_t count = 0;
    int64_t now_ms = bh_clock_steady_ms();
    int64_t wait_ms = BH_FETCH_TOTAL_MS;
    for (struct bh_fetch_task *task = fetcher->tasks; task != NULL; task = task->next) {
        task->waits = &fetcher->waits[count];
        task->wait_count = bh_fetch_task_waits_for(task, task->waits, now_ms, &wait_ms);
        count += task->wait_count;
    }
    (void)curl_multi_poll(fetcher->context.multi, fetcher->waits, (unsigned)count, (int)wait_ms, NULL);
}

static void read_transfers(struct bh_fetcher *fetcher)
{
    int running;
    int left;
    CURLMsg *message;
    (void)curl_multi_perform(fetcher->context.multi, &running);
    while ((message = curl_multi_info_read(fetcher->context.multi, &left)) != NULL) {
        char *private = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct bh_fetch_task *task = (void *)private;
        task->transfer_ended = true;
        task->transfer_code = message->data.result;
    }
}

/* Takes those that have ended off the list, or all of them. */
static void step_all(struct bh_fetcher *fetcher, bool cut_off)
{
    struct bh_fetch_task **link = &fetcher->tasks;
    while (*link != NULL) {
        struct bh_fetch_task *task = *link;
        if (cut_off)
            bh_fetch_task_cut_off(task);
        else
            bh_fetch_task_step(task, bh_clock_steady_ms());
        if (!task->has_ended) {
            link = &task->next;
            continue;
        }
        *link = task->next;
        bh_fetch_task_conclude(task, bh_clock_steady_ms());
    }
}

static void *run(void *context)
{
    struct bh_fetcher *fetcher = context;
    struct bh_fetch *submitted;
    bh_extractor_init(&fetcher->context.extractor); /* the child ends with the thread that made it */
    while (take_submitted(fetcher, &submitted)) {
        atomic_store_explicit(&fetcher->turned_at, bh_clock_steady_ms(), memory_order_relaxed);
        start_all(fetcher, submitted);
        wait_for_news(fetcher);
        read_transfers(fetcher);
        step_all(fetcher, false);
    }
    start_all(fetcher, submitted);
    step_all(fetcher, true);
    bh_extractor_finish(&fetcher->context.extractor);
    return NULL;
}

/* ---- start and stop -------------------------------------------------------------------------------------
 */

enum bh_err bh_fetcher_start(const struct bh_fetcher_options *options, struct bh_fetcher **ret_fetcher)
{
    struct bh_fetcher *fetcher = calloc(1, sizeof(*fetcher));
    if (fetcher == NULL)
        return BH_ERR_NO_MEMORY;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || bh_resolve_prepare_library() != BH_OK) {
        free(fetcher);
        return BH_ERR_NO_MEMORY;
    }
    fetcher->context.options = *options;
    if (options->ca_file != NULL && options->ca_file[0] == 0)
        fetcher->context.options.ca_file = NULL;
    fetcher->context.reach = (struct bh_reach){.refused = options->refused};
    fetcher->context.multi = curl_multi_init();
    atomic_store(&fetcher->turned_at, bh_clock_steady_ms());
    fetcher->last = &fetcher->first;
    pthread_mutex_init(&fetcher->lock, NULL);
    if (fetcher->context.multi == NULL) {
        bh_fetcher_destroy(fetcher);
        return BH_ERR_NO_MEMORY;
    }
    if (pthread_create(&fetcher->thread, NULL, run, fetcher) != 0) {
        bh_fetcher_destroy(fetcher);
        return BH_ERR_THREADS;
    }
    (void)pthread_setname_np(fetcher->thread, "fetch");
    *ret_fetcher = fetcher;
    return BH_OK;
}

int64_t bh_fetcher_turned_at(const struct bh_fetcher *fetcher)
{
    return atomic_load_explicit(&fetcher->turned_at, memory_order_relaxed);
}

void bh_fetcher_stop(struct bh_fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    pthread_mutex_lock(&fetcher->lock);
    fetcher->is_stopping = true;
    curl_multi_wakeup(fetcher->context.multi);
    pthread_mutex_unlock(&fetcher->lock);
    pthread_join(fetcher->thread, NULL);
}

void bh_fetcher_destroy(struct bh_fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    curl_multi_cleanup(fetcher->context.multi);
    pthread_mutex_destroy(&fetcher->lock);
    free(fetcher);
}
