// SPDX-License-Identifier: Apache-2.0
#include "coding/codex_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coding/path_program.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/version.h"

#define PATIENCE_MS 20000
#define END_STEP_US 20000
#define ARGUMENTS_MAX 16
#define PATH_LIMIT 8192

/*
 * In the child: what is not to be had ends it, which the parent sees as an end of its answers. The program is
 * an absolute path: PATH may hold relative folders, and the working folder is somebody's project.
 */
static void run_server(
    int input, int output, const struct bh_place *place, const char *program, const char *const *arguments)
{
    const char *words[ARGUMENTS_MAX + 3] = {"codex"};
    size_t count = 1;
    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS_MAX; i++)
        words[count++] = arguments[i];
    words[count] = "app-server";
    int nothing = open("/dev/null", O_WRONLY);
    if (nothing < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(nothing, 2) < 0)
        _exit(126);
    signal(SIGPIPE, SIG_DFL);
    if (setpgid(0, 0) != 0 || chdir(place->project) != 0 || setenv("HOME", place->home, 1) != 0)
        _exit(126);
    execv(program, (char *const *)(uintptr_t)words);
    _exit(126);
}

static bool start(
    struct bh_codex *codex, const struct bh_place *place, const char *program, const char *const *arguments)
{
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0)
        return false;
    if (pipe2(from, O_CLOEXEC) != 0) {
        close(to[0]);
        close(to[1]);
        return false;
    }
    pid_t pid = fork();
    if (pid == 0)
        run_server(to[0], from[1], place, program, arguments);
    close(to[0]);
    close(from[1]);
    codex->input = to[1];
    codex->output = from[0];
    if (pid > 0)
        codex->pid = pid;
    return pid > 0;
}

bool bh_codex_open(struct bh_codex *codex, const struct bh_place *place, const char *const *arguments,
    struct bh_buf *problem)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    BH_CLEANUP(bh_buf_finish) struct bh_buf program = {0};
    bh_buf_init(&program, PATH_LIMIT);
    if (!bh_path_program_find("codex", place->program, &program)) {
        bh_buf_addf(
            problem, "codex was not found on PATH, and only Codex itself can store that it trusts a hook.");
        return false;
    }
    *codex = (struct bh_codex){.input = -1, .output = -1, .deadline_ms = bh_clock_steady_ms() + PATIENCE_MS};
    sigaction(SIGPIPE, &ignore, &codex->old_pipe);
    bool started = start(codex, place, program.data, arguments);
    bh_line_reader_init(&codex->reader, codex->output);
    bh_line_writer_init(&codex->writer, codex->input);
    if (!started) {
        bh_buf_addf(problem, "`codex app-server` could not be started: %s.", strerror(errno));
        return false;
    }
    BH_CLEANUP(bh_json_release)
    json_t *greeting = bh_codex_call(codex, "initialize",
        json_pack("{s:{s:s, s:s}}", "clientInfo", "name", "behalf", "version", BH_VERSION), problem);
    BH_CLEANUP(bh_json_release)
    json_t *ready = json_pack("{s:s, s:s}", "jsonrpc", "2.0", "method", "initialized");
    return greeting != NULL && ready != NULL && bh_line_write_json(&codex->writer, ready);
}

/* Its input ends, so it does; after two seconds it and its children are ended. */
static void end(pid_t pid)
{
    for (int step = 0; step < 100; step++) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return;
        (void)!usleep(END_STEP_US);
    }
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

void bh_codex_close(struct bh_codex *codex)
{
    if (codex == NULL || codex->deadline_ms == 0)
        return;
    bh_line_reader_finish(&codex->reader);
    bh_line_writer_finish(&codex->writer);
    if (codex->input >= 0)
        close(codex->input);
    if (codex->output >= 0)
        close(codex->output);
    if (codex->pid > 0)
        end(codex->pid);
    sigaction(SIGPIPE, &codex->old_pipe, NULL);
    *codex = (struct bh_codex){0};
}

static void tell_silence(const char *method, struct bh_buf *problem)
{
    bh_buf_addf(problem,
        "`codex app-server` did not answer \"%s\"; run `codex --version` and see whether its configuration "
        "is valid.",
        method);
}

/* The answer to this request; others are notices. */
static json_t *await(struct bh_codex *codex, const char *method, struct bh_buf *problem)
{
    for (;;) {
        struct bh_span line;
        int64_t left = codex->deadline_ms - bh_clock_steady_ms();
        if (left <= 0 || bh_line_next(&codex->reader, (int)left, &line) != BH_LINE_READ) {
            tell_silence(method, problem);
            return NULL;
        }
        BH_CLEANUP(bh_json_release) json_t *message = NULL;
        if (bh_json_parse_object(line, &message) != BH_OK)
            continue;
        if (json_object_get(message, "method") != NULL ||
            json_number_value(json_object_get(message, "id")) != (double)codex->last_id)
            continue;
        json_t *result = json_object_get(message, "result");
        if (json_is_object(result))
            return json_incref(result);
        const char *text = json_string_value(json_object_get(json_object_get(message, "error"), "message"));
        bh_buf_addf(problem, "Codex refused \"%s\": %s.", method, text == NULL ? "no reason given" : text);
        return NULL;
    }
}

json_t *bh_codex_call(struct bh_codex *codex, const char *method, json_t *params, struct bh_buf *problem)
{
    BH_CLEANUP(bh_json_release)
    json_t *request = json_pack("{s:s, s:f, s:s, s:o}", "jsonrpc", "2.0", "id", (double)++codex->last_id,
        "method", method, "params", params);
    if (request == NULL) {
        bh_buf_addf(problem, "There is not enough memory to ask Codex.");
        return NULL;
    }
    (void)!bh_line_write_json(&codex->writer, request); /* where it is gone its answer does not come */
    return await(codex, method, problem);
}

json_t *bh_codex_list_hooks(struct bh_codex *codex, const struct bh_place *place, struct bh_buf *problem)
{
    BH_CLEANUP(bh_json_release)
    json_t *result =
        bh_codex_call(codex, "hooks/list", json_pack("{s:[s]}", "cwds", place->project), problem);
    const json_t *entry = json_array_get(json_object_get(result, "data"), 0);
    const json_t *error = json_array_get(json_object_get(entry, "errors"), 0);
    json_t *hooks = json_object_get(entry, "hooks");
    if (result == NULL)
        return NULL;
    if (error == NULL && json_is_array(hooks))
        return json_incref(hooks);
    const char *text = json_string_value(json_object_get(error, "message"));
    bh_buf_addf(problem, "Codex cannot read its hooks: %s", text == NULL ? "its answer has none." : text);
    return NULL;
}
