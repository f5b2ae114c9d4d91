// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_asker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client/output.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "mcp/wrap_held.h"

#define PATIENCE_MS 5000
#define SLICE_S 20 /* of one long poll */
#define RETRY_S 1

void bh_wrap_job_destroy(struct bh_wrap_job *job)
{
    if (job == NULL)
        return;
    bh_wrap_asking_finish(&job->asking);
    free(job->id);
    free(job->progress_token);
    free(job->line);
    bh_buf_finish(&job->reply);
    json_decref(job->policy);
    free(job);
}

/* ---- queues ---- */

static void push(struct bh_wrap_queue *queue, struct bh_wrap_job *job)
{
    job->next = NULL;
    if (queue->last == NULL)
        queue->first = job;
    else
        queue->last->next = job;
    queue->last = job;
    queue->count++;
}

static struct bh_wrap_job *pop(struct bh_wrap_queue *queue)
{
    struct bh_wrap_job *job = queue->first;
    if (job == NULL)
        return NULL;
    queue->first = job->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->count--;
    return job;
}

static void drop_all(struct bh_wrap_queue *queue)
{
    for (struct bh_wrap_job *job = pop(queue); job != NULL; job = pop(queue))
        bh_wrap_job_destroy(job);
}

static void wake_loop(const struct bh_wrap_asker *asker)
{
    uint64_t one = 1;
    (void)!write(asker->event_fd, &one, sizeof(one));
}

/* What ends a request before its time. */
static bool asking_is_over(void *context)
{
    const struct bh_wrap_asker *asker = context;
    return atomic_load(&asker->stopped);
}

static bool waiting_is_over(void *context)
{
    const struct bh_wrap_asker *asker = context;
    return atomic_load(&asker->hurried);
}

/* ---- asking ---- */

static struct bh_wrap_about about_of(const struct bh_wrap_thread *thread, const struct bh_wrap_job *job)
{
    return (struct bh_wrap_about){.id = bh_span_from(job->id),
        .server = thread->asker->server,
        .tool = job->asking.tool,
        .base_url = thread->client.base_url,
        .is_task = job->is_task};
}

static void answer_unknown(const struct bh_wrap_thread *thread, struct bh_wrap_job *job)
{
    const struct bh_client_error *error = &thread->client.error;
    struct bh_wrap_about about = about_of(thread, job);
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 4096);
    bh_buf_addf(
        &text, "%s %s", error->message[0] == 0 ? "Nothing could be asked." : error->message, error->hint);
    bh_buf_clear(&job->reply);
    bh_wrap_add_unknown(&job->reply, &about, bh_buf_span(&text));
}

static void answer_approval(const struct bh_wrap_thread *thread, struct bh_wrap_job *job,
    const struct bh_decision *decision, enum bh_wrap_waited waited)
{
    struct bh_wrap_about about = about_of(thread, job);
    bh_buf_clear(&job->reply);
    bh_wrap_add_approval(&job->reply, &about, decision, waited);
}

/* Asks once. True when the job is decided; false: a person must approve, and `reply` says so for now. */
static bool ask(struct bh_wrap_thread *thread, struct bh_wrap_job *job, enum bh_wrap_waited waited)
{
    BH_CLEANUP(bh_decision_finish) struct bh_decision decision = {0};
    struct bh_wrap_about about = about_of(thread, job);
    job->asking.question.agent_id = thread->asker->agent_id;
    bh_decision_ask(&thread->client, &job->asking.question, &decision);
    bh_buf_clear(&job->reply);
    switch (decision.outcome) {
    case BH_OUTCOME_ALLOWED:
        job->allowed = true;
        return true;
    case BH_OUTCOME_DENIED:
        bh_wrap_add_denied(&job->reply, &about, &decision);
        return true;
    case BH_OUTCOME_APPROVAL:
        answer_approval(thread, job, &decision, waited);
        if (!thread->waits) /* the loop may be reading it */
            snprintf(job->approval_id, sizeof(job->approval_id), "%s", decision.approval_id);
        return decision.approval_id[0] == 0 || strlen(decision.approval_id) >= sizeof(job->approval_id);
    case BH_OUTCOME_UNKNOWN:
        break;
    }
    answer_unknown(thread, job);
    return true;
}

static void read_policy(struct bh_wrap_thread *thread, struct bh_wrap_job *job)
{
    job->policy = bh_client_ask(&thread->client, "GET", NULL, "/api/agents/%s", thread->asker->agent_id);
    job->allowed = true;
}

static bool may_wait(struct bh_wrap_asker *asker)
{
    return asker->wait_s > 0 && !atomic_load(&asker->hurried) &&
           asker->waiting.count + asker->in_wait < BH_WRAP_WAITERS;
}

static bool clash(const struct bh_wrap_job *held, const struct bh_wrap_job *job)
{
    bool shared = job->approval_id[0] != 0 && strcmp(held->approval_id, job->approval_id) == 0;
    return !atomic_load(&held->cancelled) &&
           (bh_wrap_held_clash(&held->asking, &job->asking) ||
               (shared && bh_wrap_held_differ(&held->asking, &job->asking)));
}

/* A call that waits and whose approval could let this other one run; NULL without one. With the lock held. */
static const struct bh_wrap_job *find_rival(const struct bh_wrap_asker *asker, const struct bh_wrap_job *job)
{
    for (const struct bh_wrap_job *held = asker->waiting.first; held != NULL; held = held->next) {
        if (clash(held, job))
            return held;
    }
    for (size_t i = 0; i < asker->waiter_count; i++) {
        if (asker->waiters[i].held != NULL && clash(asker->waiters[i].held, job))
            return asker->waiters[i].held;
    }
    return NULL;
}

/* True with the reply when another call is in the way, before or after this one was asked. */
static bool is_held_up(struct bh_wrap_thread *thread, struct bh_wrap_job *job)
{
    char approval_id[sizeof(job->approval_id)] = "";
    pthread_mutex_lock(&thread->asker->lock);
    const struct bh_wrap_job *rival = find_rival(thread->asker, job);
    if (rival != NULL)
        memcpy(approval_id, rival->approval_id, sizeof(approval_id));
    pthread_mutex_unlock(&thread->asker->lock);
    if (rival == NULL)
        return false;
    struct bh_wrap_about about = about_of(thread, job);
    job->allowed = false;
    bh_buf_clear(&job->reply);
    bh_wrap_add_held_up(&job->reply, &about, approval_id);
    return true;
}

/* With the lock held. */
static void hand_on_or_finish(struct bh_wrap_asker *asker, struct bh_wrap_job *job, bool decided)
{
    if (decided || !may_wait(asker)) {
        push(&asker->done, job);
        return;
    }
    job->waits_from_ms = bh_clock_steady_ms();
    job->waits_until_ms = job->waits_from_ms + asker->wait_s * INT64_C(1000);
    atomic_store(&job->is_waiting, true);
    push(&asker->waiting, job);
    pthread_cond_signal(&asker->hand_on);
}

static void ask_job(struct bh_wrap_thread *thread, struct bh_wrap_job *job)
{
    struct bh_wrap_asker *asker = thread->asker;
    bool decided = true;
    if (atomic_load(&job->cancelled))
        job->allowed = false;
    else if (job->is_list)
        read_policy(thread, job);
    else if (!is_held_up(thread, job)) {
        decided = ask(thread, job, BH_WRAP_NOT_WAITED);
        /* Allowed beside a call that waits, it may have used what a person has just approved for that. */
        if ((job->allowed || !decided) && is_held_up(thread, job))
            decided = true;
    }
    pthread_mutex_lock(&asker->lock);
    asker->asking--;
    hand_on_or_finish(asker, job, decided);
    pthread_mutex_unlock(&asker->lock);
    wake_loop(asker);
}

/* ---- waiting for people ---- */

static bool is_over(const struct bh_wrap_asker *asker, const struct bh_wrap_job *job)
{
    return atomic_load(&job->cancelled) || atomic_load(&asker->hurried) ||
           bh_clock_steady_ms() >= job->waits_until_ms;
}

/* An error that another try will not mend. */
static bool is_for_good(const struct bh_client *client)
{
    return client->status >= 400 && client->status < 500 && client->status != 429;
}

/* Not longer than is left to wait, and in steps short enough to notice that nobody waits any more. */
static void pause_waiting(const struct bh_wrap_asker *asker, const struct bh_wrap_job *job)
{
    int64_t until = bh_clock_steady_ms() + RETRY_S * 1000;
    while (bh_clock_steady_ms() < until && !is_over(asker, job))
        usleep(50 * 1000);
}

static int slice_of(const struct bh_wrap_job *job)
{
    int64_t left_s = (job->waits_until_ms - bh_clock_steady_ms() + 999) / 1000;
    return left_s > SLICE_S ? SLICE_S : left_s < 0 ? 0 : (int)left_s;
}

/* The answer of the job when nobody has decided in time: it says now that it has waited. */
static void answer_again(
    const struct bh_wrap_thread *thread, struct bh_wrap_job *job, enum bh_wrap_waited how)
{
    const struct bh_decision decision = {
        .request_id = "", .approval_id = job->approval_id, .reason = "", .risk = ""};
    answer_approval(thread, job, &decision, how);
}

/* Asks once more, and not sooner than a moment later when the question was not held open. */
static enum bh_approval_state wait_a_slice(struct bh_wrap_thread *thread, const struct bh_wrap_job *job)
{
    int slice_s = slice_of(job);
    int64_t from_ms = bh_clock_steady_ms();
    enum bh_approval_state state = bh_decision_wait(&thread->client, job->approval_id, slice_s);
    bool early = (bh_clock_steady_ms() - from_ms) * 2 < slice_s * INT64_C(1000);
    if ((state == BH_APPROVAL_UNKNOWN && !is_for_good(&thread->client)) ||
        (state == BH_APPROVAL_PENDING && early))
        pause_waiting(thread->asker, job);
    return state;
}

static void wait_for_person(struct bh_wrap_thread *thread, struct bh_wrap_job *job)
{
    enum bh_approval_state state = BH_APPROVAL_PENDING;
    thread->client.stopped = waiting_is_over;
    while (state != BH_APPROVAL_APPROVED && state != BH_APPROVAL_OVER && !is_over(thread->asker, job)) {
        state = wait_a_slice(thread, job);
        if (state == BH_APPROVAL_UNKNOWN && is_for_good(&thread->client))
            break;
    }
    thread->client.stopped = asking_is_over;
    if (atomic_load(&job->cancelled))
        return;
    if (state == BH_APPROVAL_APPROVED)
        (void)ask(thread, job, BH_WRAP_NOT_WAITED);
    else if (state == BH_APPROVAL_OVER)
        answer_again(thread, job, BH_WRAP_APPROVAL_OVER);
    else if (!atomic_load(&thread->asker->hurried))
        answer_again(thread, job, BH_WRAP_TIME_OVER);
}

static void wait_job(struct bh_wrap_thread *thread, struct bh_wrap_job *job)
{
    struct bh_wrap_asker *asker = thread->asker;
    wait_for_person(thread, job);
    atomic_store(&job->is_waiting, false);
    pthread_mutex_lock(&asker->lock);
    asker->in_wait--;
    thread->held = NULL;
    push(&asker->done, job);
    pthread_mutex_unlock(&asker->lock);
    wake_loop(asker);
}

/* ---- threads ---- */

static struct bh_wrap_job *next_job(struct bh_wrap_thread *thread)
{
    struct bh_wrap_asker *asker = thread->asker;
    struct bh_wrap_queue *queue = thread->waits ? &asker->waiting : &asker->questions;
    struct bh_wrap_job *job = NULL;
    pthread_mutex_lock(&asker->lock);
    while (!atomic_load(&asker->stopped) && queue->count == 0)
        pthread_cond_wait(thread->waits ? &asker->hand_on : &asker->put, &asker->lock);
    if (!atomic_load(&asker->stopped))
        job = pop(queue);
    if (job != NULL && thread->waits) {
        asker->in_wait++;
        thread->held = job;
    } else if (job != NULL)
        asker->asking++;
    pthread_mutex_unlock(&asker->lock);
    return job;
}

static void *run(void *context)
{
    struct bh_wrap_thread *thread = context;
    for (struct bh_wrap_job *job = next_job(thread); job != NULL; job = next_job(thread)) {
        if (thread->waits)
            wait_job(thread, job);
        else
            ask_job(thread, job);
    }
    return NULL;
}

static bool start_thread(struct bh_wrap_asker *asker, struct bh_wrap_thread *thread, bool waits)
{
    *thread = (struct bh_wrap_thread){.asker = asker, .waits = waits};
    if (!bh_client_init(&thread->client, asker->flags))
        return false;
    thread->client.quiet = true;
    thread->client.patience_ms = PATIENCE_MS;
    thread->client.stopped = asking_is_over;
    thread->client.stopped_context = asker;
    if (pthread_create(&thread->thread, NULL, run, thread) == 0)
        return true;
    bh_client_finish(&thread->client);
    return false;
}

/* As many threads as there is work for, within the limits. With the lock held. */
static void grow(struct bh_wrap_asker *asker)
{
    if (asker->asker_count < BH_WRAP_ASKERS && asker->questions.count + asker->asking > asker->asker_count &&
        start_thread(asker, &asker->askers[asker->asker_count], false))
        asker->asker_count++;
    if (asker->waiter_count < BH_WRAP_WAITERS &&
        asker->waiting.count + asker->in_wait > asker->waiter_count &&
        start_thread(asker, &asker->waiters[asker->waiter_count], true))
        asker->waiter_count++;
}

bool bh_wrap_asker_init(struct bh_wrap_asker *asker, const struct bh_client_flags *flags,
    const char *agent_id, const char *server, int wait_s)
{
    *asker = (struct bh_wrap_asker){
        .flags = flags, .agent_id = agent_id, .server = server, .wait_s = wait_s, .event_fd = -1};
    pthread_mutex_init(&asker->lock, NULL);
    pthread_cond_init(&asker->put, NULL);
    pthread_cond_init(&asker->hand_on, NULL);
    asker->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    /* One of each at once: who could start none must not begin, or calls would wait for ever. */
    if (asker->event_fd >= 0 && start_thread(asker, &asker->askers[0], false)) {
        asker->asker_count = 1;
        if (start_thread(asker, &asker->waiters[0], true)) {
            asker->waiter_count = 1;
            return true;
        }
    }
    bh_output_error(BH_ABSENT, BH_SPAN("The threads that ask the server could not be started."), BH_ABSENT);
    return false;
}

static void join(struct bh_wrap_thread *threads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i].thread, NULL);
        bh_client_finish(&threads[i].client);
    }
}

void bh_wrap_asker_finish(struct bh_wrap_asker *asker)
{
    if (asker == NULL)
        return;
    pthread_mutex_lock(&asker->lock);
    atomic_store(&asker->hurried, true);
    atomic_store(&asker->stopped, true);
    pthread_cond_broadcast(&asker->put);
    pthread_cond_broadcast(&asker->hand_on);
    pthread_mutex_unlock(&asker->lock);
    join(asker->askers, asker->asker_count);
    join(asker->waiters, asker->waiter_count);
    drop_all(&asker->questions);
    drop_all(&asker->waiting);
    drop_all(&asker->done);
    if (asker->event_fd >= 0)
        close(asker->event_fd);
    pthread_cond_destroy(&asker->put);
    pthread_cond_destroy(&asker->hand_on);
    pthread_mutex_destroy(&asker->lock);
}

void bh_wrap_asker_put(struct bh_wrap_asker *asker, struct bh_wrap_job *job)
{
    pthread_mutex_lock(&asker->lock);
    push(&asker->questions, job);
    grow(asker);
    pthread_cond_signal(&asker->put);
    pthread_mutex_unlock(&asker->lock);
}

struct bh_wrap_job *bh_wrap_asker_take(struct bh_wrap_asker *asker)
{
    pthread_mutex_lock(&asker->lock);
    grow(asker);
    struct bh_wrap_job *job = pop(&asker->done);
    pthread_mutex_unlock(&asker->lock);
    return job;
}

void bh_wrap_asker_hurry(struct bh_wrap_asker *asker)
{
    atomic_store(&asker->hurried, true);
}
