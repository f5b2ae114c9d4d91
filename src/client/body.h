// SPDX-License-Identifier: Apache-2.0
/*
 * Building request bodies from arguments. A value that was not given (NULL) is left out; whatever else cannot
 * be put in fails, because a request that silently lacks a field asks for something else.
 */
#ifndef BH_CLIENT_BODY_H
#define BH_CLIENT_BODY_H

#include <jansson.h>

#include "lib/base.h"

BH_MUST_USE
bool bh_body_set_text(json_t *object, const char *key, const char *text);
/* `list` is split at commas, the items trimmed, empty ones dropped. Without any item left it fails: an empty
 * list would restrict nothing. */
BH_MUST_USE
bool bh_body_set_list(json_t *object, const char *key, const char *list);
/* Takes over `value`, also on failure; NULL fails. */
BH_MUST_USE
bool bh_body_set_take(json_t *object, const char *key, json_t *value);

#endif
