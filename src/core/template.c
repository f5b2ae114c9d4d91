// SPDX-License-Identifier: Apache-2.0
#include "core/template.h"

#include "lib/json.h"

const json_t *bh_template_find(const json_t *document, const char *kind, struct bh_span id)
{
    const json_t *list = json_object_get(document, kind);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (!bh_span_is_absent(id) && bh_span_equal(bh_json_member_text(item, "id"), id))
            return item;
    }
    return NULL;
}
