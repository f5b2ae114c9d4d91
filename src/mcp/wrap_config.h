// SPDX-License-Identifier: Apache-2.0
/*
 * Putting the interceptor before the stdio servers of an .mcp.json, and taking it away again. What the file
 * was before is kept beside it, so that undoing restores its very bytes, unless the file has been changed
 * meanwhile: then each wrapped server gets its own command back and the rest stays.
 */
#ifndef BH_MCP_WRAP_CONFIG_H
#define BH_MCP_WRAP_CONFIG_H

#include <jansson.h>

#include "lib/buf.h"
#include "lib/err.h"

#define BH_WRAP_CONFIG_BYTES ((size_t)4 << 20)
#define BH_WRAP_BACKUP ".behalf-backup" /* behind the name of the file */
#define BH_WRAP_OWN_SERVER "behalfid"   /* is never wrapped */

/* What was done, for people and for --json: arrays of names, and of {server, reason} for `skipped` and for
 * `notes`, about servers that are wrapped otherwise than --wrap-all does it. */
struct bh_wrap_report {
    json_t *changed, *unchanged, *skipped, *notes;
    size_t open; /* of those skipped: the ones that look protected, and are not */
};

BH_MUST_USE
bool bh_wrap_report_init(struct bh_wrap_report *report);
void bh_wrap_report_finish(struct bh_wrap_report *report);

/*
 * Both with the lock of coding/place.h held by the caller, unless `dry_run`.
 *
 * Rewrites the file at `path`, atomically, after its backup was written; a file in which nothing is to be
 * done is not touched. With `dry_run` nothing is written. On an error `problem` has a sentence with the path:
 * BH_ERR_NOT_FOUND without such a file, BH_ERR_BODY_NOT_JSON for one that is none, BH_ERR_IO.
 */
BH_MUST_USE
enum bh_err bh_wrap_config_apply(
    const char *path, bool dry_run, struct bh_wrap_report *report, struct bh_buf *problem);
/* The way back; the backup is removed. */
BH_MUST_USE
enum bh_err bh_wrap_config_undo(
    const char *path, bool dry_run, struct bh_wrap_report *report, struct bh_buf *problem);

/* The same on the document alone, in place; false without memory. Pure. */
BH_MUST_USE
bool bh_wrap_servers(json_t *document, struct bh_wrap_report *report);
BH_MUST_USE
bool bh_unwrap_servers(json_t *document, struct bh_wrap_report *report);

#endif
