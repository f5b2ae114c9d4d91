// SPDX-License-Identifier: Apache-2.0
#include "client/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

size_t bh_terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    const char *columns = getenv("COLUMNS");
    long given = columns == NULL ? 0 : strtol(columns, NULL, 10);
    if (given > 0)
        return (size_t)given;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool bh_terminal_has_colours(FILE *stream)
{
    const char *without = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (without == NULL || without[0] == 0) && terminal != NULL && strcmp(terminal, "dumb") != 0 &&
           isatty(fileno(stream));
}

const char *bh_terminal_style_of(const char *word)
{
    static const struct {
        const char *word, *style;
    } styles[] = {
        {"allowed", BH_STYLE_GOOD},
        {"active", BH_STYLE_GOOD},
        {"approved", BH_STYLE_GOOD},
        {"delivered", BH_STYLE_GOOD},
        {"ok", BH_STYLE_GOOD},
        {"denied", BH_STYLE_BAD},
        {"error", BH_STYLE_BAD},
        {"revoked", BH_STYLE_BAD},
        {"disabled", BH_STYLE_BAD},
        {"failed", BH_STYLE_BAD},
        {"high", BH_STYLE_BAD},
        {"pending", BH_STYLE_WAITING},
        {"approval", BH_STYLE_WAITING},
        {"approval required", BH_STYLE_WAITING},
        {"warn", BH_STYLE_WAITING},
    };
    for (size_t i = 0; i < BH_COUNT(styles); i++) {
        if (strcasecmp(styles[i].word, word) == 0)
            return styles[i].style;
    }
    return NULL;
}
