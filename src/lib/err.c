// SPDX-License-Identifier: Apache-2.0
#include "lib/err.h"

static const struct bh_err_info infos[BH_ERR_COUNT] = {
    [BH_OK] = {"OK", 200, "", "", ""},
#define BH_ERR(name, status, code, text, hint) [BH_ERR_##name] = {#name, status, code, text, hint},
#include "lib/err_table.h"
#undef BH_ERR
};

const struct bh_err_info *bh_err_info(enum bh_err err)
{
    return &infos[err < BH_ERR_COUNT ? err : BH_ERR_INTERNAL];
}
