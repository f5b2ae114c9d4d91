// SPDX-License-Identifier: Apache-2.0
#include "client/body.h"

#include <string.h>

#include "lib/span.h"

bool bh_body_set_take(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

bool bh_body_set_text(json_t *object, const char *key, const char *text)
{
    return text == NULL || bh_body_set_take(object, key, json_string(text));
}

bool bh_body_set_list(json_t *object, const char *key, const char *list)
{
    if (list == NULL)
        return true;
    json_t *array = json_array();
    bool done = array != NULL;
    while (done) {
        size_t length = strcspn(list, ",");
        struct bh_span item = bh_span_trim((struct bh_span){list, length});
        if (item.len > 0)
            done = json_array_append_new(array, json_stringn(item.data, item.len)) == 0;
        if (list[length] == 0)
            break;
        list += length + 1;
    }
    if (!done || json_array_size(array) == 0) {
        json_decref(array);
        return false;
    }
    return bh_body_set_take(object, key, array);
}
