// SPDX-License-Identifier: Apache-2.0
#include "webhooks/deliver.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "webhooks/attempt.h"
#include "webhooks/give_up.h"
#include "webhooks/pace.h"
#include "webhooks/recorder.h"
#include "webhooks/roster.h"

#define LOOK_MS 250        /* other processes write events too, and nobody tells about those */
#define LOOK_AGAIN_MS 10   /* commits may come by the thousand; each look costs something */
#define LOOK_BUSY_MS 100   /* the same, while others want the processors */
#define ROUND_MS 250       /* between looks at the clock of each endpoint */
#define FAULT_WAIT_MS 1000 /* after the database did not answer */
#define KEPT_CONNECTIONS 128
#define STOP_RECORD_MS 2000 /* for the last results */
#define MARK_STEP 1024      /* events that a mark may lag behind while nothing is sent */

struct bh_deliverer {
    struct bh_deliverer_options options;
    struct bh_attempt_options attempt_options;
    pthread_t thread;
    CURLM *multi;
    struct bh_db *db;
    struct bh_roster roster;
    struct bh_recorder recorder;
    struct bh_attempt attempts[BH_DELIVER_IN_FLIGHT];
    struct bh_attempt *idle[BH_DELIVER_IN_FLIGHT];
    size_t idle_count, made_count;
    size_t in_flight;
    int64_t looked_at, rounded_at, fault_until;
    bool has_fault, has_more;
    struct bh_pace pace;
    int schedstat; /* -1 = the system does not tell */
    atomic_bool is_woken, is_stopping;
    atomic_int disabling_failed;
    _Atomic int64_t stop_by;   /* steady clock */
    _Atomic int64_t turned_at; /* the same */
};

/* ---- starting requests ----------------------------------------------------------------------------------
 */

/* A free place; made when it is needed for the first time. */
static struct bh_attempt *take_place(struct bh_deliverer *deliverer)
{
    if (deliverer->idle_count > 0)
        return deliverer->idle[--deliverer->idle_count];
    if (deliverer->made_count == BH_DELIVER_IN_FLIGHT)
        return NULL;
    struct bh_attempt *attempt = &deliverer->attempts[deliverer->made_count];
    if (bh_attempt_init(attempt, &deliverer->attempt_options) != BH_OK)
        return NULL;
    deliverer->made_count++;
    return attempt;
}

static void give_place_back(struct bh_deliverer *deliverer, struct bh_attempt *attempt)
{
    deliverer->idle[deliverer->idle_count++] = attempt;
}

static void note_end(struct bh_deliverer *deliverer, struct bh_item *item, int64_t now_ms)
{
    struct bh_endpoint *endpoint = item->endpoint;
    bh_endpoint_ended(endpoint, item);
    bh_recorder_add(&deliverer->recorder, item);
    bh_roster_make_ready(&deliverer->roster, endpoint);
    if (!endpoint->giving_up && bh_give_up_is_due(endpoint, now_ms))
        endpoint->giving_up =
            bh_give_up(endpoint, deliverer->options.committer, &deliverer->disabling_failed) == BH_OK;
}

/* Why no request can be made to this endpoint at all; NULL when one can. */
static const char *refusal(const struct bh_endpoint *endpoint)
{
    if (endpoint->url_error != BH_OK)
        return bh_err_info(endpoint->url_error)->text;
    return endpoint->secret[0] == 0 ? "The webhook's secret cannot be read; rotate it." : NULL;
}

static enum bh_err send_item(
    struct bh_deliverer *deliverer, struct bh_attempt *attempt, struct bh_item *item, int64_t now_ms)
{
    enum bh_err err = bh_attempt_prepare(attempt, item, deliverer->db, now_ms);
    if (err != BH_OK)
        return err;
    if (curl_multi_add_handle(deliverer->multi, attempt->easy) != CURLM_OK) {
        bh_attempt_release(attempt);
        return BH_ERR_NO_MEMORY;
    }
    bh_endpoint_sent(item->endpoint, item);
    deliverer->in_flight++;
    attempt->started_at = now_ms;
    attempt->pace = item->endpoint->pace;
    return BH_OK;
}

/* Sends the item, or ends it at once when that is impossible. */
static enum bh_err start(struct bh_deliverer *deliverer, struct bh_item *item, int64_t now_ms)
{
    const char *reason = refusal(item->endpoint);
    enum bh_err err = BH_OK;
    if (reason == NULL) {
        struct bh_attempt *attempt = take_place(deliverer);
        if (attempt == NULL)
            return BH_ERR_NO_MEMORY;
        err = send_item(deliverer, attempt, item, now_ms);
        if (err == BH_OK)
            return BH_OK;
        give_place_back(deliverer, attempt);
        if (err == BH_ERR_WEBHOOK_EVENT_NOT_FOUND)
            reason = "The event is gone."; /* older than events are kept */
    }
    if (reason == NULL)
        return err;
    bh_endpoint_sent(item->endpoint, item);
    bh_attempt_fail(item, reason, (uint64_t)now_ms, now_ms);
    if (err == BH_ERR_WEBHOOK_EVENT_NOT_FOUND)
        item->result.next_retry_at = 0;
    note_end(deliverer, item, now_ms);
    return BH_OK;
}

static bool may_take_place(
    const struct bh_deliverer *deliverer, const struct bh_endpoint *endpoint, int64_t now_ms)
{
    struct bh_places all = {0};
    struct bh_places account = {0};
    for (size_t i = 0; i < deliverer->made_count; i++) {
        const struct bh_attempt *attempt = &deliverer->attempts[i];
        if (attempt->item == NULL)
            continue;
        bh_places_add(&all, attempt->pace, attempt->started_at, now_ms);
        if (attempt->item->endpoint->target.account == endpoint->target.account)
            bh_places_add(&account, attempt->pace, attempt->started_at, now_ms);
    }
    return bh_places_allow(&all, &account, endpoint->pace, endpoint->in_flight);
}

/* True when it may have more to send. */
static bool serve(struct bh_deliverer *deliverer, struct bh_endpoint *endpoint, int64_t now_ms)
{
    struct bh_item *item = NULL;
    if (!may_take_place(deliverer, endpoint, now_ms))
        return true;
    enum bh_err err = bh_endpoint_next(endpoint, deliverer->db, now_ms, &item);
    if (err == BH_OK && item != NULL)
        err = start(deliverer, item, now_ms);
    if (err != BH_OK) {
        bh_log(BH_LOG_WARN, "webhook deliveries wait", "error", bh_err_info(err)->name, NULL);
        deliverer->fault_until = now_ms + FAULT_WAIT_MS;
        return true;
    }
    if (item == NULL)
        deliverer->has_more |= bh_endpoint_can_load(endpoint);
    return item != NULL || bh_endpoint_can_load(endpoint);
}

/* One request at a time for each endpoint in turn, until nobody has anything to send or all places are taken.
 */
static void start_requests(struct bh_deliverer *deliverer, int64_t now_ms)
{
    struct bh_roster *roster = &deliverer->roster;
    bool started = true;
    deliverer->has_more = false;
    while (started && now_ms >= deliverer->fault_until) {
        if (!bh_pace_allows(&deliverer->pace))
            return;
        started = false;
        for (size_t left = roster->ready_count; left > 0 && now_ms >= deliverer->fault_until; left--) {
            if (deliverer->in_flight == BH_DELIVER_IN_FLIGHT || bh_recorder_is_blocked(&deliverer->recorder))
                return;
            struct bh_endpoint *endpoint = bh_roster_take_ready(roster);
            size_t before = deliverer->in_flight;
            if (serve(deliverer, endpoint, now_ms))
                bh_roster_make_ready(roster, endpoint);
            started |= deliverer->in_flight > before;
        }
    }
}

/* ---- ending them ----------------------------------------------------------------------------------------
 */

static void leave(struct bh_deliverer *deliverer, struct bh_attempt *attempt)
{
    (void)curl_multi_remove_handle(deliverer->multi, attempt->easy);
    deliverer->in_flight--;
}

static void collect_ended(struct bh_deliverer *deliverer, int64_t now_ms)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(deliverer->multi, &left)) != NULL) {
        struct bh_attempt *attempt = NULL;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&attempt) != CURLE_OK)
            continue;
        CURLcode code = message->data.result; /* the message is gone once the handle is */
        struct bh_item *item = attempt->item;
        leave(deliverer, attempt);
        bh_attempt_conclude(attempt, code, now_ms);
        give_place_back(deliverer, attempt);
        note_end(deliverer, item, now_ms);
    }
}

static void abort_all(struct bh_deliverer *deliverer)
{
    for (size_t i = 0; i < deliverer->made_count; i++) {
        struct bh_attempt *attempt = &deliverer->attempts[i];
        if (attempt->item == NULL)
            continue;
        leave(deliverer, attempt);
        bh_endpoint_aborted(attempt->item->endpoint, attempt->item);
        bh_attempt_release(attempt);
        give_place_back(deliverer, attempt);
    }
}

/* ---- the loop -------------------------------------------------------------------------------------------
 */

static void wake(void *context)
{
    (void)curl_multi_wakeup(((struct bh_deliverer *)context)->multi);
}

static void recorded(void *context, struct bh_endpoint *endpoint)
{
    struct bh_deliverer *deliverer = context;
    bh_roster_make_ready(&deliverer->roster, endpoint);
}

/* How long until the next look; who was woken looks soon. */
static int64_t look_wait_ms(const struct bh_deliverer *deliverer, int64_t now_ms)
{
    int64_t wait = LOOK_MS;
    if (atomic_load(&deliverer->is_woken))
        wait = deliverer->pace.is_contended ? LOOK_BUSY_MS : LOOK_AGAIN_MS;
    int64_t passed = now_ms - deliverer->looked_at;
    return passed < 0 || passed >= wait ? 0 : wait - passed;
}

static void look(struct bh_deliverer *deliverer, int64_t now_ms)
{
    if (now_ms < deliverer->fault_until || look_wait_ms(deliverer, now_ms) > 0 ||
        !bh_pace_allows(&deliverer->pace))
        return;
    atomic_store(&deliverer->is_woken, false); /* before the look: what comes now wakes again */
    deliverer->looked_at = now_ms;
    enum bh_err err = bh_roster_look(&deliverer->roster, deliverer->db);
    if (err != BH_OK)
        deliverer->fault_until = now_ms + FAULT_WAIT_MS;
    if (err != BH_OK && !deliverer->has_fault)
        bh_log(BH_LOG_WARN, "the outbox cannot be read", "error", bh_err_info(err)->name, NULL);
    deliverer->has_fault = err != BH_OK;
}

/* Now and then: whose retries are due, whose mark lags behind, who is gone. */
static void go_round(struct bh_deliverer *deliverer, int64_t now_ms)
{
    struct bh_roster *roster = &deliverer->roster;
    if (now_ms >= deliverer->rounded_at && now_ms < deliverer->rounded_at + ROUND_MS)
        return;
    deliverer->rounded_at = now_ms;
    bool try_again = atomic_exchange(&deliverer->disabling_failed, 0) > 0;
    for (size_t i = 0; i < roster->count; i++) {
        struct bh_endpoint *endpoint = roster->endpoints[i];
        if (endpoint->next_due <= now_ms && endpoint->retry_count == 0)
            bh_roster_make_ready(roster, endpoint);
        if (bh_endpoint_mark(endpoint) >= endpoint->settled_through + MARK_STEP)
            (void)bh_recorder_note_mark(&deliverer->recorder, endpoint);
        if (try_again)
            endpoint->giving_up = false;
    }
    bh_roster_bury(roster);
}

static int wait_ms(const struct bh_deliverer *deliverer, int64_t now_ms)
{
    bool may_send = deliverer->in_flight < BH_DELIVER_IN_FLIGHT && now_ms >= deliverer->fault_until &&
                    !bh_recorder_is_blocked(&deliverer->recorder);
    int64_t pause = bh_pace_wait_ms(&deliverer->pace);
    int64_t wait = look_wait_ms(deliverer, now_ms);
    if (deliverer->has_more && may_send)
        wait = 0;
    if (wait < pause)
        wait = pause;
    if (now_ms < deliverer->fault_until)
        wait = LOOK_MS;
    int64_t recorder_wait = bh_recorder_wait_ms(&deliverer->recorder, now_ms);
    if (recorder_wait >= 0 && recorder_wait < wait)
        wait = recorder_wait;
    return wait < LOOK_MS ? (int)wait : LOOK_MS;
}

static void keep_pace(struct bh_deliverer *deliverer)
{
    int64_t run_ns;
    int64_t wait_ns;
    if (bh_pace_read(deliverer->schedstat, &run_ns, &wait_ns))
        bh_pace_note(&deliverer->pace, bh_clock_steady_ns(), run_ns, wait_ns);
}

/* How long to wait for something to happen. */
static int step(struct bh_deliverer *deliverer, bool stopping)
{
    int running;
    int64_t now_ms = bh_clock_wall_ms();
    atomic_store_explicit(&deliverer->turned_at, bh_clock_steady_ms(), memory_order_relaxed);
    bh_recorder_step(&deliverer->recorder, now_ms, stopping);
    if (!stopping) {
        keep_pace(deliverer);
        look(deliverer, now_ms);
        go_round(deliverer, now_ms);
        start_requests(deliverer, now_ms);
    }
    (void)curl_multi_perform(deliverer->multi, &running);
    size_t before = deliverer->in_flight;
    collect_ended(deliverer, now_ms);
    if (deliverer->in_flight < before && !stopping && bh_pace_allows(&deliverer->pace))
        return 0;
    return wait_ms(deliverer, now_ms);
}

static void wind_up(struct bh_deliverer *deliverer)
{
    while (deliverer->in_flight > 0 && bh_clock_steady_ms() < atomic_load(&deliverer->stop_by)) {
        int wait = step(deliverer, true);
        (void)curl_multi_poll(deliverer->multi, NULL, 0, wait < 20 ? wait : 20, NULL);
    }
    abort_all(deliverer);
    int64_t until = bh_clock_steady_ms() + STOP_RECORD_MS;
    while (!bh_recorder_is_idle(&deliverer->recorder) && bh_clock_steady_ms() < until) {
        bh_recorder_step(&deliverer->recorder, bh_clock_wall_ms(), true);
        (void)curl_multi_poll(deliverer->multi, NULL, 0, 10, NULL);
    }
}

static void *run(void *argument)
{
    struct bh_deliverer *deliverer = argument;
    deliverer->schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), BH_DELIVER_NICE); /* of this thread alone */
    while (!atomic_load(&deliverer->is_stopping))
        (void)curl_multi_poll(deliverer->multi, NULL, 0, step(deliverer, false), NULL);
    wind_up(deliverer);
    if (deliverer->schedstat >= 0)
        close(deliverer->schedstat);
    return NULL;
}

/* ---- start and stop -------------------------------------------------------------------------------------
 */

static enum bh_err open_parts(struct bh_deliverer *deliverer)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, bh_attempt_prepare_library);
    deliverer->multi = curl_multi_init();
    if (deliverer->multi == NULL ||
        curl_multi_setopt(deliverer->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS) != CURLM_OK)
        return BH_ERR_NO_MEMORY;
    return bh_store_reader_borrow(deliverer->options.store, &deliverer->db);
}

/* Replays and changed endpoints are noticed by the next look. */
static void notice(void *context, unsigned changed)
{
    if ((changed & BH_CHANGED_EVENTS) != 0)
        bh_deliverer_wake(context);
}

enum bh_err bh_deliverer_start(
    const struct bh_deliverer_options *options, struct bh_deliverer **ret_deliverer)
{
    struct bh_deliverer *deliverer = calloc(1, sizeof(*deliverer));
    if (deliverer == NULL)
        return BH_ERR_NO_MEMORY;
    deliverer->options = *options;
    deliverer->attempt_options = (struct bh_attempt_options){
        .pepper = options->pepper, .reach = options->reach, .ca_file = options->ca_file};
    bh_roster_init(&deliverer->roster, options->key, options->reach.allow_private);
    bh_recorder_init(&deliverer->recorder, options->committer, wake, recorded, deliverer);
    atomic_store(&deliverer->is_woken, true);
    atomic_store(&deliverer->turned_at, bh_clock_steady_ms());
    enum bh_err err = open_parts(deliverer);
    if (err == BH_OK && pthread_create(&deliverer->thread, NULL, run, deliverer) != 0)
        err = BH_ERR_THREADS;
    if (err != BH_OK) {
        bh_deliverer_destroy(deliverer);
        return err;
    }
    bh_committer_watch(options->committer, notice, deliverer);
    *ret_deliverer = deliverer;
    return BH_OK;
}

int64_t bh_deliverer_turned_at(const struct bh_deliverer *deliverer)
{
    return atomic_load_explicit(&deliverer->turned_at, memory_order_relaxed);
}

void bh_deliverer_wake(struct bh_deliverer *deliverer)
{
    if (!atomic_exchange(&deliverer->is_woken, true))
        wake(deliverer);
}

void bh_deliverer_stop(struct bh_deliverer *deliverer, int64_t grace_ms)
{
    if (deliverer == NULL)
        return;
    atomic_store(&deliverer->stop_by, bh_clock_steady_ms() + grace_ms);
    atomic_store(&deliverer->is_stopping, true);
    wake(deliverer);
    pthread_join(deliverer->thread, NULL);
}

void bh_deliverer_destroy(struct bh_deliverer *deliverer)
{
    if (deliverer == NULL)
        return;
    for (size_t i = 0; i < deliverer->made_count; i++)
        bh_attempt_finish(&deliverer->attempts[i]);
    if (deliverer->multi != NULL)
        curl_multi_cleanup(deliverer->multi);
    bh_roster_finish(&deliverer->roster);
    bh_store_reader_return(deliverer->options.store, deliverer->db);
    free(deliverer);
}
