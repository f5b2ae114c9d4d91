// SPDX-License-Identifier: Apache-2.0
#include "coding/canary.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coding/hook.h"
#include "core/quoted.h"
#include "lib/clock.h"
#include "lib/json.h"

#define COMMAND_LIMIT 65536
#define OUTPUT_LIMIT 65536
#define PIECE 4096
#define STEP_US 5000
#define BLOCKED 2

/* One run of the hook. */
struct run {
    pid_t pid;
    int input, output[2]; /* ours: its stdin, its stdout and stderr; -1 = closed */
    int64_t deadline_ms;
    int status;
    struct bh_buf said[2]; /* stdout, stderr */
};

/* ---- the call, as hosts write it ---- */

static json_t *make_call(const struct bh_host *host, const struct bh_place *place)
{
    if (strcmp(host->name, "cursor") == 0)
        return json_pack("{s:s, s:s, s:s, s:[s], s:s, s:s}", "conversation_id", BH_CANARY_TOOL,
            "generation_id", BH_CANARY_TOOL, "hook_event_name", "beforeShellExecution", "workspace_roots",
            place->project, "command", BH_CANARY_TOOL, "cwd", place->project);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{}, s:s}", "session_id", BH_CANARY_TOOL, "cwd",
        place->project, "permission_mode", "default", "hook_event_name", "PreToolUse", "tool_name",
        BH_CANARY_TOOL, "tool_input", "tool_use_id", BH_CANARY_TOOL);
}

/* ---- running it ---- */

/* In the child, in a group of its own, so that it can be ended with all that it started. */
static void run_hook(const int input[2], const int output[2][2], const struct bh_place *place, char *command)
{
    static char shell[] = "/bin/sh", option[] = "-c";
    char *const words[] = {shell, option, command, NULL};
    if (dup2(input[0], 0) < 0 || dup2(output[0][1], 1) < 0 || dup2(output[1][1], 2) < 0)
        _exit(126);
    signal(SIGPIPE, SIG_DFL);
    if (setpgid(0, 0) != 0 || chdir(place->project) != 0 || setenv("HOME", place->home, 1) != 0)
        _exit(126);
    execv(shell, words);
    _exit(127);
}

static void close_pair(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

static bool open_pipes(int input[2], int output[2][2])
{
    if (pipe2(input, O_CLOEXEC) != 0)
        return false;
    if (pipe2(output[0], O_CLOEXEC) != 0) {
        close_pair(input);
        return false;
    }
    if (pipe2(output[1], O_CLOEXEC) == 0)
        return true;
    close_pair(input);
    close_pair(output[0]);
    return false;
}

static bool start(struct run *run, const struct bh_place *place, char *command)
{
    int input[2], output[2][2];
    if (!open_pipes(input, output))
        return false;
    run->pid = fork();
    if (run->pid == 0)
        run_hook(input, (const int(*)[2])output, place, command);
    close(input[0]);
    close(output[0][1]);
    close(output[1][1]);
    run->input = input[1];
    run->output[0] = output[0][0];
    run->output[1] = output[1][0];
    return run->pid > 0;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* It fits a pipe, and a hook that does not read it must not end us. */
static void write_call(struct run *run, struct bh_span text)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, &old);
    while (text.len > 0) {
        ssize_t put = write(run->input, text.data, text.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            break;
        text = bh_span_from_index(text, (size_t)put);
    }
    close_end(&run->input);
    sigaction(SIGPIPE, &old, NULL);
}

/* What is beyond the limit is read and dropped. */
static void take_piece(struct run *run, size_t stream)
{
    char piece[PIECE];
    ssize_t got = read(run->output[stream], piece, sizeof(piece));
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0)
        close_end(&run->output[stream]);
    else if (run->said[stream].len + (size_t)got < OUTPUT_LIMIT)
        bh_buf_add(&run->said[stream], (struct bh_span){piece, (size_t)got});
}

/* Until both streams end; false when that is not in time. */
static bool read_all(struct run *run)
{
    while (run->output[0] >= 0 || run->output[1] >= 0) {
        struct pollfd watched[2] = {
            {.fd = run->output[0], .events = POLLIN}, {.fd = run->output[1], .events = POLLIN}};
        int64_t left_ms = run->deadline_ms - bh_clock_steady_ms();
        if (left_ms <= 0 || (poll(watched, 2, (int)left_ms) < 0 && errno != EINTR))
            return false;
        for (size_t i = 0; i < BH_COUNT(watched); i++) {
            if (run->output[i] >= 0 && watched[i].revents != 0)
                take_piece(run, i);
        }
    }
    return true;
}

static bool has_ended(struct run *run)
{
    while (bh_clock_steady_ms() < run->deadline_ms) {
        pid_t pid = waitpid(run->pid, &run->status, WNOHANG);
        if (pid == run->pid)
            return true;
        if (pid < 0 && errno != EINTR)
            return false;
        (void)!usleep(STEP_US);
    }
    return false;
}

static void run_finish(struct run *run)
{
    close_end(&run->input);
    close_end(&run->output[0]);
    close_end(&run->output[1]);
    bh_buf_finish(&run->said[0]);
    bh_buf_finish(&run->said[1]);
}

/* ---- what the host makes of its end ---- */

/* Words of a program that is not known to be ours: on one line, and harmless. */
static void add_words(struct bh_span words, struct bh_buf *problem)
{
    if (bh_span_is_blank(words))
        bh_buf_add_text(problem, "nothing");
    else
        bh_quoted_clean(bh_span_trim(words), problem);
}

static bool tell_end(const struct run *run, struct bh_buf *problem)
{
    if (WIFSIGNALED(run->status))
        bh_buf_addf(problem, "The hook did not block the canary: signal %d ended it.", WTERMSIG(run->status));
    else
        bh_buf_addf(problem,
            "The hook did not block the canary: it ended with %d, saying: ", WEXITSTATUS(run->status));
    if (!WIFSIGNALED(run->status))
        add_words(bh_buf_span(&run->said[1]), problem);
    return false;
}

/* Cursor reads the answer on stdout; whatever is no answer lets the call pass. */
static bool is_denied_by_cursor(const struct run *run, struct bh_buf *ret_reason)
{
    BH_CLEANUP(bh_json_release) json_t *answer = NULL;
    if (!WIFEXITED(run->status) || WEXITSTATUS(run->status) != 0 ||
        bh_json_parse_object(bh_span_trim(bh_buf_span(&run->said[0])), &answer) != BH_OK ||
        !bh_span_equal(bh_json_member_text(answer, "permission"), BH_SPAN("deny")))
        return false;
    bh_buf_add(ret_reason, bh_json_member_text(answer, "reason"));
    return true;
}

/* Codex lets a call pass whose hook blocks without a word. */
static bool is_denied_by_status(const struct run *run, struct bh_buf *ret_reason)
{
    bh_buf_add(ret_reason, bh_buf_span(&run->said[1]));
    return WIFEXITED(run->status) && WEXITSTATUS(run->status) == BLOCKED &&
           !bh_span_is_blank(bh_buf_span(&run->said[1]));
}

static bool judge(const struct bh_host *host, const struct run *run, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf reason = {0};
    bh_buf_init(&reason, OUTPUT_LIMIT);
    bool cursor = strcmp(host->name, "cursor") == 0;
    if (!(cursor ? is_denied_by_cursor(run, &reason) : is_denied_by_status(run, &reason)))
        return tell_end(run, problem);
    if (!bh_span_starts_with(bh_buf_span(&reason), BH_SPAN(BH_HOOK_CANARY_TEXT)))
        add_words(bh_buf_span(&reason), problem);
    return true;
}

static bool try_command(const struct bh_host *host, const struct bh_place *place, char *command,
    struct bh_span call, struct bh_buf *problem)
{
    BH_CLEANUP(run_finish)
    struct run run = {.input = -1, .output = {-1, -1}, .deadline_ms = bh_clock_steady_ms() + BH_CANARY_MS};
    bh_buf_init(&run.said[0], OUTPUT_LIMIT);
    bh_buf_init(&run.said[1], OUTPUT_LIMIT);
    if (!start(&run, place, command)) {
        bh_buf_addf(problem, "The hook could not be started: %s.", strerror(errno));
        return false;
    }
    write_call(&run, call);
    if (read_all(&run) && has_ended(&run))
        return judge(host, &run, problem);
    kill(-run.pid, SIGKILL);
    kill(run.pid, SIGKILL);
    waitpid(run.pid, NULL, 0);
    bh_buf_addf(problem,
        "The hook did not block the canary: it did not end within %d seconds, after which %s lets a call "
        "pass.",
        BH_CANARY_MS / 1000, host->label);
    return false;
}

bool bh_canary_is_blocked(const struct bh_host *host, const struct bh_place *place, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf command = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_json_release) json_t *call = make_call(host, place);
    bh_buf_init(&command, COMMAND_LIMIT);
    bh_buf_init(&text, COMMAND_LIMIT);
    enum bh_err err = host->read_hook_command(place, &command);
    bh_buf_add_char(&command, 0);
    if (err != BH_OK || command.failed) {
        bh_buf_addf(problem, "The settings of %s hold no hook of ours.", host->label);
        return false;
    }
    bh_json_add_value(&text, call);
    bh_buf_add_char(&text, '\n');
    if (call == NULL || text.failed) {
        bh_buf_addf(problem, "The canary could not be written.");
        return false;
    }
    return try_command(host, place, command.data, bh_buf_span(&text), problem);
}
