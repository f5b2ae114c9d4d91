// SPDX-License-Identifier: Apache-2.0
#include "gateway/executor.h"

static const struct bh_executor *const executors[] = {&bh_executor_public_web_read};

const struct bh_executor *bh_executor_find(struct bh_span action, struct bh_span resource)
{
    for (size_t i = 0; i < BH_COUNT(executors); i++) {
        if (bh_span_equal(action, bh_span_from(executors[i]->action)) &&
            bh_span_equal(resource, bh_span_from(executors[i]->resource)))
            return executors[i];
    }
    return NULL;
}

static bool has_key(const struct bh_executor *executor, struct bh_span key)
{
    for (size_t i = 0; executor->keys[i] != NULL; i++) {
        if (bh_span_equal(key, bh_span_from(executor->keys[i])))
            return true;
    }
    return false;
}

bool bh_executor_has_key(const struct bh_executor *executor, struct bh_span key)
{
    for (size_t i = 0; i < BH_COUNT(executors); i++) {
        if ((executor == NULL || executor == executors[i]) && has_key(executors[i], key))
            return true;
    }
    return false;
}
