// SPDX-License-Identifier: Apache-2.0
/*
 * Scope templates and presets on the command line: found by their ids in the compiled-in document, and made
 * into requests.
 */
#ifndef BH_CLI_TEMPLATE_USE_H
#define BH_CLI_TEMPLATE_USE_H

#include <jansson.h>

#include "client/client.h"

/* The parsed document, the caller's; NULL with the error printed. */
json_t *bh_template_load(void);
/* The object of `kind` ("templates", "presets") in it; NULL with an error printed that names those there are.
 */
const json_t *bh_template_choose(const json_t *document, const char *kind, const char *id);

/* Whether `name` is a permission's kind as the API calls it, too: access_data, create_content, schedule,
 * purchase, custom. */
bool bh_template_is_kind(const char *name);

/* Puts what a scope template says into the body of a new permission; what it leaves open is left out. */
BH_MUST_USE
bool bh_template_fill(json_t *body, const json_t *template);

/*
 * Gives the agent one permission for each scope of the preset, in its order, and stops at the first that
 * cannot be made (the error is printed). Puts into `answer`: preset, permissions: [{template, permissionId,
 * status}], missing: [template]. False when any is missing.
 */
BH_MUST_USE
bool bh_template_grant_preset(
    struct bh_client *client, const json_t *document, const json_t *preset, json_t *answer);

/* `behalf permissions templates` */
int bh_template_run_list(int argc, char **argv);

#endif
