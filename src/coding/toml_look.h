// SPDX-License-Identifier: Apache-2.0
/*
 * Just enough of TOML to add tables at the end of a file that somebody else wrote: where strings, comments
 * and brackets end, and which tables and keys there are. Values are not read. Pure.
 */
#ifndef BH_CODING_TOML_LOOK_H
#define BH_CODING_TOML_LOOK_H

#include "lib/span.h"

struct bh_toml_facts {
    bool table;  /* a header names the wanted table, or one below it */
    bool value;  /* the wanted name is given a value, as in `name = { ... }` */
    bool under;  /* something below the wanted name is given a value */
    bool closed; /* a table above it is a value or an array, which no header can add to */
};

/* Looks for the table whose dotted name is `wanted` (plain names only, as "mcp_servers.behalfid"). False when
 * the text is not TOML as far as this goes. */
BH_MUST_USE
bool bh_toml_look(struct bh_span text, const char *wanted, struct bh_toml_facts *ret_facts);

#endif
