// SPDX-License-Identifier: Apache-2.0
/*
 * The coding agents that we stand in front of (Claude Code, Codex, Cursor), one row each: where their hooks
 * are configured, what a launcher must pass and must refuse, and what a tool call looks like to their hook.
 * What the rows rest on was measured with the real programs; the tests measure it again.
 */
#ifndef BH_CODING_HOST_H
#define BH_CODING_HOST_H

#include <jansson.h>

#include "lib/buf.h"
#include "lib/err.h"

/* The folders that belong to one person and one project; absolute paths, of the caller. */
struct bh_place {
    const char *home;    /* HOME */
    const char *project; /* the working folder */
    const char *program; /* this program's own absolute path, for the commands that hosts run */
    bool system;         /* for every user of this machine: the host's managed settings; needs root */
    bool dry_run;        /* say what would change, change nothing */
};

/* What an installation did, for people and for --json. */
struct bh_setup_report {
    json_t *changed;   /* array of absolute paths */
    json_t *preserved; /* ... that were right already */
    json_t *warnings;  /* array of sentences */
};

struct bh_host {
    const char *name;   /* as it is typed, and the name of its binary: "claude", "codex", "cursor" */
    const char *label;  /* "Claude Code" */
    const char *source; /* of its tool calls in a decision's context: "claude_code", "codex", "cursor" */
    /*
     * Writes the hook into the host's settings, atomically, keeping what is there, and reads it back; Codex:
     * stores the trust too. Nothing is written into settings that the host would not accept as a whole.
     * On an error `problem` has one sentence with the path and what to do.
     */
    enum bh_err (*install)(
        const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem);
    enum bh_err (*uninstall)(
        const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem);
    /* True when the hook is there as `install` writes it, trusted, and not switched off by a setting. */
    bool (*is_installed)(const struct bh_place *place, struct bh_buf *problem);
    /* What a launch puts before the user's own arguments, so that it wins over settings, also over those that
     * change in the session: an array of texts (the caller's), or NULL with the problem told. */
    json_t *(*make_arguments)(const struct bh_place *place, struct bh_buf *problem);
    /* Whether the user's arguments would switch hooks off; `problem` names the argument. */
    bool (*refuses)(int argc, char *const *argv, struct bh_buf *problem);
    /* The command line that the installed settings hold, as the host would run it (through sh -c). */
    enum bh_err (*read_hook_command)(const struct bh_place *place, struct bh_buf *ret_command);
    const char *hook; /* the command of ours: "pre-tool-use" or "cursor" */
};

/* NULL for a name that is none. */
const struct bh_host *bh_host_find(const char *name);
/* All of them; ends with NULL. */
const struct bh_host *const *bh_host_all(void);

/* What the hook's stdout is when it lets a call go on. */
enum bh_hook_speech {
    BH_HOOK_SILENT, /* empty */
    BH_HOOK_ANSWERS /* an answer as Cursor wants it */
};

/* Seconds that the shell line gives the hook, whose own deadline is shorter; the host gives more. */
#define BH_GUARD_PATIENCE_S 10

/*
 * The shell line around the hook: whatever it does but to end with status 0 and the right stdout becomes 2
 * with words on stderr and nothing on stdout, because hosts let calls pass whose hook dies, hangs, is missing
 * or says what they do not understand. `program` is quoted for sh; `arguments` stand as they are.
 */
void bh_host_guard_command(
    const char *program, const char *arguments, enum bh_hook_speech speech, struct bh_buf *ret_command);

#endif
