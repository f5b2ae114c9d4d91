// SPDX-License-Identifier: Apache-2.0
/*
 * Small whole files: read with a limit, written so that a reader or a crash sees the old or the new content
 * and nothing between. On BH_ERR_IO errno says why; EFBIG for what is too large, EINVAL for what is no plain
 * file.
 */
#ifndef BH_LIB_FILE_H
#define BH_LIB_FILE_H

#include <sys/types.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Appends the content. BH_ERR_NOT_FOUND without such a file; BH_ERR_IO for what is no plain file or larger
 * than the limit of `ret_text`, which is empty then. */
BH_MUST_USE
enum bh_err bh_file_read(const char *path, struct bh_buf *ret_text);
/*
 * A new file of the same folder takes the place of `path`. An existing file keeps its mode and owner, a
 * symbolic link stays one (its target is replaced, or made); `mode` is for a new one. A file that its owner
 * may not write (mode without 0200) is left alone: BH_ERR_IO, EACCES. Folders that are missing are made with
 * 0700.
 */
BH_MUST_USE
enum bh_err bh_file_replace(const char *path, struct bh_span text, mode_t mode);
/* Writes all of it; false with errno when that fails. */
BH_MUST_USE
bool bh_file_write_all(int fd, struct bh_span text);
/* Makes the folder that `path` is to lie in, with 0700, and those above it. */
BH_MUST_USE
enum bh_err bh_file_make_folder_of(const char *path);
/*
 * Waits, at most so long, until nobody else holds the lock file `path`, which is made if it is missing, and
 * holds it until bh_file_unlock or the end of the process. For processes that read, change and write the same
 * files. BH_ERR_IO with EWOULDBLOCK when the wait was in vain.
 */
BH_MUST_USE
enum bh_err bh_file_lock(const char *path, int patience_ms, int *ret_lock);
void bh_file_unlock(int lock);

#endif
