// SPDX-License-Identifier: Apache-2.0
/* What the terminal can show, if there is one. Colours say nothing that the words do not say too. */
#ifndef BH_CLIENT_TERMINAL_H
#define BH_CLIENT_TERMINAL_H

#include <stdio.h>

#include "lib/base.h"

#define BH_STYLE_PLAIN "\x1b[0m"
#define BH_STYLE_STRONG "\x1b[1m"
#define BH_STYLE_GOOD "\x1b[32m"
#define BH_STYLE_BAD "\x1b[31m"
#define BH_STYLE_WAITING "\x1b[33m"

/* Columns of the terminal that stdout is; COLUMNS wins; 0 = stdout is none, so nothing has to fit. */
size_t bh_terminal_width(void);
/* A terminal, unless NO_COLOR has a value or TERM is dumb. */
bool bh_terminal_has_colours(FILE *stream);
/* The style of a word that tells how something stands ("allowed", "DENIED", "pending"); NULL for others. */
const char *bh_terminal_style_of(const char *word);

#endif
