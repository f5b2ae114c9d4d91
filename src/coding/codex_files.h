// SPDX-License-Identifier: Apache-2.0
/*
 * Codex's TOML files, to which we add a block of text at the end and leave everything else byte for byte: the
 * MCP server in its configuration, the hook in the requirements of the machine.
 */
#ifndef BH_CODING_CODEX_FILES_H
#define BH_CODING_CODEX_FILES_H

#include "coding/host.h"

#define BH_CODEX_REQUIREMENTS "/etc/codex/requirements.toml"

/* Adds [mcp_servers.behalfid] to `path` unless there is one. */
BH_MUST_USE
enum bh_err bh_codex_put_server(
    const char *path, const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem);
/* Takes it out again if it is as we wrote it. */
BH_MUST_USE
enum bh_err bh_codex_remove_server(
    const char *path, const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem);
/* The same for the hook of the machine; one of ours that is another is replaced. */
BH_MUST_USE
enum bh_err bh_codex_put_requirement(const char *command, const struct bh_place *place,
    struct bh_setup_report *report, struct bh_buf *problem);
BH_MUST_USE
enum bh_err bh_codex_remove_requirement(
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem);
/* The command in the requirements; BH_ERR_NOT_FOUND without one. */
BH_MUST_USE
enum bh_err bh_codex_read_requirement(struct bh_buf *ret_command);

#endif
