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

/* /bin/sh is named because hosts may use the shell of the user, which need not know this syntax. */
void bh_host_guard_command(const char *program, const char *arguments, struct bh_buf *ret_command)
{
    bh_buf_addf(ret_command,
        "/bin/sh -c '\"$0\" %s || { echo \"BehalfID: this call is blocked. "
        "Without a reason above, the hook could not run: see behalf doctor.\" >&2; exit 2; }' ",
        arguments);
    add_quoted(program, ret_command);
}
