// SPDX-License-Identifier: Apache-2.0
/*
 * Programs on PATH.
 */
#ifndef BH_CODING_PATH_PROGRAM_H
#define BH_CODING_PATH_PROGRAM_H

#include "lib/buf.h"

/*
 * The first `name` on PATH that can be run and is not `own` (the absolute path of this program), under
 * whatever name or link: a link to ourselves would start us for ever. Relative folders of PATH are passed
 * over. The path ends in NUL. False when there is none.
 */
BH_MUST_USE
bool bh_path_program_find(const char *name, const char *own, struct bh_buf *ret_path);
/*
 * Whether `name`, started from any folder, is `own`: the first program of that name on PATH, without a
 * relative folder before it.
 */
BH_MUST_USE
bool bh_path_program_is_own(const char *name, const char *own);

#endif
