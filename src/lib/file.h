// SPDX-License-Identifier: Apache-2.0
/*
 * Small whole files: read with a limit, written so that a reader or a crash sees the old or the new content
 * and nothing between.
 */
#ifndef BH_LIB_FILE_H
#define BH_LIB_FILE_H

#include <sys/types.h>

#include "lib/buf.h"
#include "lib/err.h"

/* BH_ERR_NOT_FOUND without such a file; BH_ERR_IO for what is no plain file or larger than the limit of
 * `ret_text`. */
BH_MUST_USE
enum bh_err bh_file_read(const char *path, struct bh_buf *ret_text);
/*
 * A new file of the same folder takes the place of `path`. An existing file keeps its mode, a symbolic link
 * stays one (its target is replaced); `mode` is for a new one. Folders that are missing are made with 0700.
 */
BH_MUST_USE
enum bh_err bh_file_replace(const char *path, struct bh_span text, mode_t mode);

#endif
