// SPDX-License-Identifier: Apache-2.0
/*
 * Codex's own app server, asked for what only Codex knows: which hooks it would run, and whether it trusts
 * them. Trust is stored through it too, because the hash is its own.
 */
#ifndef BH_CODING_CODEX_SERVER_H
#define BH_CODING_CODEX_SERVER_H

#include <signal.h>
#include <sys/types.h>

#include "coding/host.h"
#include "mcp/line.h"

struct bh_codex {
    pid_t pid; /* 0 = not started */
    int input, output;
    struct bh_line_reader reader;
    struct bh_line_writer writer;
    int last_id;
    int64_t deadline_ms;
    struct sigaction old_pipe;
};

/* Starts `codex app-server`, of the codex that a launcher would start (bh_path_program_find), in the project,
 * with the arguments that a launcher passes, and greets it. `codex` is {0} before. False with the problem
 * told; bh_codex_close either way. */
BH_MUST_USE
bool bh_codex_open(struct bh_codex *codex, const struct bh_place *place, const char *const *arguments,
    struct bh_buf *problem);
void bh_codex_close(struct bh_codex *codex);
/* One request; takes `params` over. The result, the caller's; NULL with the problem told. */
json_t *bh_codex_call(struct bh_codex *codex, const char *method, json_t *params, struct bh_buf *problem);
/* The list of hooks in force in the project (the caller's); NULL with the problem told, also when Codex
 * reports an error in its files. */
json_t *bh_codex_list_hooks(struct bh_codex *codex, const struct bh_place *place, struct bh_buf *problem);

#endif
