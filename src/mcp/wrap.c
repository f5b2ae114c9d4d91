// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/output.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "mcp/line.h"
#include "mcp/wrap_child.h"
#include "mcp/wrap_judge.h"
#include "mcp/wrap_open.h"
#include "mcp/wrap_relay.h"
#include "mcp/wrap_stream.h"

#define EOF_GRACE_MS 2000  /* from the end of the client's input to SIGTERM, for the server */
#define TERM_GRACE_MS 1000 /* from there to SIGKILL */
#define DRAIN_MS 500       /* for what a server that has ended has left in its pipe */
#define FLUSH_MS 2000      /* for the client to take the last answers */
#define TICK_MS 250

enum slot {
    SLOT_CLIENT_IN,
    SLOT_CLIENT_OUT,
    SLOT_SERVER_IN,
    SLOT_SERVER_OUT,
    SLOT_EVENTS,
    SLOT_SIGNALS,
    SLOTS
};

struct loop {
    struct bh_wrap_relay relay;
    struct bh_wrap_child child;
    int signals;
    int64_t term_at_ms, kill_at_ms, over_at_ms; /* 0 = not set */
    bool client_ended;                          /* its input ended, or a signal has */
    int signal;                                 /* that asked us to end; 0 = none */
};

/* ---- ending ---- */

static void end_by(struct loop *loop, int64_t grace_ms)
{
    int64_t at = bh_clock_steady_ms() + grace_ms;
    if (loop->term_at_ms == 0 || at < loop->term_at_ms) {
        loop->term_at_ms = at;
        loop->kill_at_ms = at + TERM_GRACE_MS;
    }
}

static void end_client(struct loop *loop, int64_t grace_ms)
{
    loop->client_ended = true;
    bh_wrap_asker_hurry(&loop->relay.asker);
    end_by(loop, grace_ms);
}

static void read_signals(struct loop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD)
            continue;
        loop->signal = (int)info.ssi_signo;
        end_client(loop, 0);
    }
}

/* The server's input is closed once nothing more can come for it. */
static void close_when_through(struct loop *loop)
{
    if (loop->child.input < 0)
        return;
    bool through = loop->client_ended && loop->relay.opens.judging == 0 &&
                   bh_wrap_output_left(&loop->relay.server_out) == 0;
    if (!through && !loop->relay.server_out.failed && loop->signal == 0)
        return;
    bh_wrap_child_close_input(&loop->child);
    loop->relay.server_out.failed = true;
}

static void act_on_time(struct loop *loop)
{
    int64_t now = bh_clock_steady_ms();
    if (loop->term_at_ms != 0 && now >= loop->term_at_ms && !loop->child.has_ended) {
        bh_wrap_child_close_input(&loop->child);
        loop->relay.server_out.failed = true;
        bh_wrap_child_signal(&loop->child, SIGTERM);
        loop->term_at_ms = INT64_MAX;
    }
    if (loop->kill_at_ms != 0 && now >= loop->kill_at_ms && !loop->child.has_ended) {
        bh_wrap_child_signal(&loop->child, SIGKILL);
        loop->kill_at_ms = INT64_MAX;
    }
}

/* What the server's end means for the loop: false once there is nothing more to do. */
static bool goes_on(struct loop *loop)
{
    int64_t now = bh_clock_steady_ms();
    bool silent = loop->child.output < 0;
    if (bh_wrap_child_reap(&loop->child) && !silent && loop->over_at_ms == 0)
        loop->over_at_ms = now + DRAIN_MS;
    if (silent && !loop->child.has_ended)
        end_by(loop, DRAIN_MS);
    if (loop->relay.client_out.failed && !loop->client_ended)
        end_client(loop, 0);
    return !(loop->child.has_ended && (silent || now >= loop->over_at_ms));
}

/* ---- the descriptors ---- */

static void set_polls(const struct loop *loop, struct pollfd polls[static SLOTS])
{
    const struct bh_wrap_relay *relay = &loop->relay;
    bool listens = !loop->client_ended && bh_wrap_relay_takes_client(relay);
    bool forwards = loop->child.output >= 0 && bh_wrap_relay_takes_server(relay);
    bool to_client = bh_wrap_output_left(&relay->client_out) > 0;
    bool to_server = loop->child.input >= 0 && bh_wrap_output_left(&relay->server_out) > 0;
    polls[SLOT_CLIENT_IN] = (struct pollfd){listens ? STDIN_FILENO : -1, POLLIN, 0};
    polls[SLOT_CLIENT_OUT] =
        (struct pollfd){relay->client_out.failed ? -1 : STDOUT_FILENO, to_client ? POLLOUT : 0, 0};
    polls[SLOT_SERVER_IN] = (struct pollfd){to_server ? loop->child.input : -1, POLLOUT, 0};
    polls[SLOT_SERVER_OUT] = (struct pollfd){forwards ? loop->child.output : -1, POLLIN, 0};
    polls[SLOT_EVENTS] = (struct pollfd){relay->asker.event_fd, POLLIN, 0};
    polls[SLOT_SIGNALS] = (struct pollfd){loop->signals, POLLIN, 0};
}

static void drain_events(const struct loop *loop)
{
    uint64_t count;
    (void)!read(loop->relay.asker.event_fd, &count, sizeof(count));
}

static void read_ends(struct loop *loop, const struct pollfd polls[static SLOTS])
{
    struct bh_wrap_relay *relay = &loop->relay;
    if (polls[SLOT_SIGNALS].revents != 0)
        read_signals(loop);
    if ((polls[SLOT_CLIENT_OUT].revents & (POLLERR | POLLHUP)) != 0)
        relay->client_out.failed = true;
    if (polls[SLOT_CLIENT_IN].revents != 0) {
        bh_wrap_input_fill(&relay->client_in);
        bh_wrap_relay_from_client(relay);
        if (relay->client_in.ended)
            end_client(loop, EOF_GRACE_MS);
    }
    if (polls[SLOT_SERVER_OUT].revents != 0) {
        bh_wrap_input_fill(&relay->server_in);
        bh_wrap_relay_from_server(relay);
        if (relay->server_in.ended)
            bh_wrap_child_close_output(&loop->child);
    }
    if (polls[SLOT_EVENTS].revents != 0)
        drain_events(loop);
}

static int timeout_of(const struct loop *loop)
{
    bool timed = loop->term_at_ms != 0 || loop->over_at_ms != 0;
    return timed || loop->relay.opens.judging > 0 ? TICK_MS : -1;
}

static void run_loop(struct loop *loop)
{
    struct pollfd polls[SLOTS];
    do {
        set_polls(loop, polls);
        if (poll(polls, SLOTS, timeout_of(loop)) < 0 && errno != EINTR)
            break;
        read_ends(loop, polls);
        bh_wrap_relay_settle(&loop->relay);
        bh_wrap_output_flush(&loop->relay.client_out);
        if (loop->child.input >= 0)
            bh_wrap_output_flush(&loop->relay.server_out);
        close_when_through(loop);
        act_on_time(loop);
    } while (goes_on(loop));
}

/* The last answers, as long as the client takes them. */
static void flush_client(struct loop *loop)
{
    struct bh_wrap_output *output = &loop->relay.client_out;
    int64_t until = bh_clock_steady_ms() + FLUSH_MS;
    for (int64_t left = FLUSH_MS; left > 0 && bh_wrap_output_left(output) > 0;) {
        struct pollfd ready = {STDOUT_FILENO, POLLOUT, 0};
        if (poll(&ready, 1, (int)left) > 0)
            bh_wrap_output_flush(output);
        left = until - bh_clock_steady_ms();
    }
}

/* ---- beginning and end ---- */

static void say_end(const struct loop *loop, struct bh_buf *text)
{
    int status = loop->child.status;
    bh_buf_addf(text, "The MCP server \"%s\" ", loop->relay.options->server);
    if (WIFSIGNALED(status))
        bh_buf_addf(text, "was ended by signal %d.", WTERMSIG(status));
    else
        bh_buf_addf(text, "has ended with status %d.", WEXITSTATUS(status));
}

static int finish_session(struct loop *loop)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 1024);
    say_end(loop, &text);
    bh_wrap_relay_fail_open(&loop->relay, bh_buf_span(&text));
    flush_client(loop);
    if (loop->signal != 0)
        return 128 + loop->signal;
    if (loop->client_ended)
        return 0;
    bh_output_error(BH_ABSENT, bh_buf_span(&text), BH_ABSENT);
    int status = loop->child.status;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_session(struct loop *loop, const struct bh_wrap_options *options, const sigset_t *old_mask)
{
    if (!bh_wrap_child_start(&loop->child, options->command, old_mask)) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        bh_buf_init(&text, 8192);
        bh_buf_addf(&text, "%s could not be started: %s.", options->command[0], strerror(errno));
        bh_output_error(BH_ABSENT, bh_buf_span(&text), BH_SPAN("Check the command behind `--`."));
        return 127;
    }
    bh_wrap_relay_attach(&loop->relay, loop->child.input, loop->child.output);
    run_loop(loop);
    int status = finish_session(loop);
    bh_wrap_child_finish(&loop->child);
    return status;
}

static bool take_signals(struct loop *loop, sigset_t *ret_old_mask)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    sigset_t mask;
    sigemptyset(&mask);
    for (size_t i = 0; i < BH_COUNT(numbers); i++)
        sigaddset(&mask, numbers[i]);
    signal(SIGPIPE, SIG_IGN);
    if (pthread_sigmask(SIG_BLOCK, &mask, ret_old_mask) != 0)
        return false;
    loop->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    return loop->signals >= 0;
}

static int run_with(struct loop *loop, const struct bh_wrap_options *options)
{
    sigset_t old_mask;
    if (fcntl(STDIN_FILENO, F_GETFD) < 0 || fcntl(STDOUT_FILENO, F_GETFD) < 0 ||
        !take_signals(loop, &old_mask)) {
        bh_output_error(BH_ABSENT, BH_SPAN("Standard input and output are needed."), BH_ABSENT);
        return 1;
    }
    int status = bh_wrap_relay_init(&loop->relay, options) ? run_session(loop, options, &old_mask) : 1;
    bh_wrap_relay_finish(&loop->relay);
    close(loop->signals);
    return status;
}

int bh_wrap_run(const struct bh_wrap_options *options)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    if (loop == NULL)
        return bh_output_no_memory();
    int status = run_with(loop, options);
    free(loop);
    return status;
}
