// SPDX-License-Identifier: Apache-2.0
/*
 * The one table of errors. Inner layers return an enum bh_err; the boundary (HTTP reply, command line) turns
 * it into status, code, text and hint. A text may hold one %s: the name of the field or thing concerned.
 */
#ifndef BH_LIB_ERR_H
#define BH_LIB_ERR_H

#include "lib/span.h"

enum bh_err {
    BH_OK = 0,
#define BH_ERR(name, status, code, text, hint) BH_ERR_##name,
#include "lib/err_table.h"
#undef BH_ERR
    BH_ERR_COUNT
};

struct bh_err_info {
    const char *name;
    int status;       /* HTTP status at the wire */
    const char *code; /* machine-readable code, or "" */
    const char *text; /* wire text; may hold one %s */
    const char *hint; /* advice for people, or "" */
};

const struct bh_err_info *bh_err_info(enum bh_err err);

#endif
