// SPDX-License-Identifier: Apache-2.0
/*
 * Scope templates and presets: permissions and agents that are often wanted, as data. The file is
 * templates.json beside this one; it is compiled in. For people: docs/templates.md.
 */
#ifndef BH_CORE_TEMPLATE_H
#define BH_CORE_TEMPLATE_H

#include <jansson.h>

#include "lib/span.h"

/* The document, as JSON without white space: {"providers","categories","templates","presets",
 * "policyTemplates","surfaces","profiles","gates","scenarioPermissions","scenarios"}, each an array of
 * objects with an id or of permissions. */
extern const struct bh_span bh_template_document;

/* The object with this id in the parsed document's array `kind` ("templates", "presets"); NULL when there is
 * none. */
const json_t *bh_template_find(const json_t *document, const char *kind, struct bh_span id);

#endif
