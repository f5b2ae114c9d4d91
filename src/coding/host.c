// SPDX-License-Identifier: Apache-2.0
#include "coding/host.h"

#include <string.h>

#include "coding/hosts.h"

static const struct bh_host *const hosts[] = {&bh_host_claude, &bh_host_codex, &bh_host_cursor, NULL};

const struct bh_host *const *bh_host_all(void)
{
    return hosts;
}

const struct bh_host *bh_host_find(const char *name)
{
    for (size_t i = 0; hosts[i] != NULL; i++) {
        if (strcmp(hosts[i]->name, name) == 0)
            return hosts[i];
    }
    return NULL;
}

static void add_quoted(const char *text, struct bh_buf *out)
{
    bh_buf_add_char(out, '\'');
    for (; *text != 0; text++) {
        if (*text == '\'')
            bh_buf_add_text(out, "'\\''");
        else
            bh_buf_add_char(out, *text);
    }
    bh_buf_add_char(out, '\'');
}

/*
 * What runs the hook, with its own patience, and what its end means. timeout(1) is not everywhere; without it
 * a second process ends the hook. Every program is named with its folder, because PATH may be the project's;
 * /bin/sh is named because hosts may use the shell of the user, which need not know this syntax. Variables
 * that load libraries, or change what a name of a host means, are not for the hook.
 */
static void add_run(const char *arguments, struct bh_buf *out)
{
    bh_buf_addf(out,
        "unset OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES HOSTALIASES LOCALDOMAIN RES_OPTIONS GCONV_PATH "
        "LOCPATH; "
        "t=/usr/bin/timeout; [ -x $t ] || t=/bin/timeout; exec 3<&0; "
        "if [ -x $t ]; then o=$($t -s KILL %d \"$0\" %s 3<&-); "
        "else o=$(\"$0\" %s <&3 3<&- & p=$!; "
        "{ /bin/sleep %d || sleep %d; kill -9 $p; } >/dev/null 2>&1 3<&- & w=$!; "
        "wait $p; s=$?; kill $w; exit $s); fi && ",
        BH_GUARD_PATIENCE_S, arguments, arguments, BH_GUARD_PATIENCE_S, BH_GUARD_PATIENCE_S);
}

void bh_host_guard_command(
    const char *program, const char *arguments, enum bh_hook_speech speech, struct bh_buf *ret_command)
{
    bh_buf_add_text(ret_command, "/bin/sh -c '");
    add_run(arguments, ret_command);
    bh_buf_add_text(ret_command,
        speech == BH_HOOK_ANSWERS
            ? "case \"$o\" in \"{\\\"permission\\\":\"*\"}\") printf \"%s\\n\" \"$o\"; exit 0;; esac; "
            : "[ -z \"$o\" ] && exit 0; ");
    bh_buf_add_text(ret_command,
        "echo \"BehalfID: this call is blocked. Without a reason above, the hook could "
        "not run: see behalf doctor.\" >&2; exit 2' ");
    add_quoted(program, ret_command);
}
