// SPDX-License-Identifier: Apache-2.0
/*
 * The files of the dashboard, as tools/build_dashboard.py packs them into the binary. Without the dashboard
 * (-Ddashboard=disabled) the table is empty.
 */
#ifndef BH_HTTP_ASSETS_H
#define BH_HTTP_ASSETS_H

#include <stdbool.h>

#include "lib/span.h"

struct bh_asset {
    const char *path; /* as requested: "/assets/index-Ab12.js" */
    const char *content_type;
    const char *etag; /* without quotes */
    struct bh_span plain;
    struct bh_span packed; /* gzip; empty where it saves nothing */
    bool immutable;        /* its name changes with its content */
};

extern const struct bh_asset bh_assets[];
extern const size_t bh_assets_count;

#endif
