// SPDX-License-Identifier: Apache-2.0
/*
 * The user's configuration, ~/.behalf/config.json: pretty JSON, readable by the user alone. The command line
 * owns apiKey, agentId and baseUrl in it; other members belong to other tools and are kept.
 */
#ifndef BH_CLIENT_CONFIG_FILE_H
#define BH_CLIENT_CONFIG_FILE_H

#include <jansson.h>

#include "lib/buf.h"
#include "lib/err.h"

#define BH_CONFIG_API_KEY "apiKey"
#define BH_CONFIG_AGENT_ID "agentId"
#define BH_CONFIG_BASE_URL "baseUrl"

/* HOME, else the password database, + "/.behalf/config.json". BH_ERR_IO when neither knows a home. */
BH_MUST_USE
enum bh_err bh_config_file_path(struct bh_buf *ret_path);
/*
 * The configuration, always an object: a file that is missing, unreadable or broken reads as empty. NULL only
 * without memory. The caller owns it.
 */
json_t *bh_config_file_read(void);
/*
 * Replaces the file by renaming a new one (0600) over it; makes the folder (0700). On failure, BH_ERR_IO or
 * BH_ERR_NO_MEMORY, the old file is as it was and errno says why.
 */
BH_MUST_USE
enum bh_err bh_config_file_write(const json_t *config);
/* The text of another file of the folder, `name` with a slash in front; nothing when it cannot be read. */
void bh_config_file_read_text(const char *name, struct bh_buf *ret_text);
/* Replaces such a file, as bh_config_file_write does. */
BH_MUST_USE
enum bh_err bh_config_file_write_text(const char *name, struct bh_span text);
/* As bh_config_file_write; false with the error printed. */
BH_MUST_USE
bool bh_config_file_save(const json_t *config);
/* The member's text; NULL when missing, empty or not a string. Lives as long as `config`. */
const char *bh_config_file_text(const json_t *config, const char *key);

#endif
