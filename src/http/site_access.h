// SPDX-License-Identifier: Apache-2.0
/*
 * Who is calling about which guarded site: the first steps of the routes below /api/dashboard/sites/{}.
 */
#ifndef BH_HTTP_SITE_ACCESS_H
#define BH_HTTP_SITE_ACCESS_H

#include "app/sites.h"
#include "http/credentials.h"
#include "http/server.h"
#include "store/reader.h"

/* The site of the path, for whoever may change it. Whether it exists is found out by the change. */
BH_MUST_USE
enum bh_err bh_site_access_change(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_site_ref *ret_ref);
/* Opens the reader, and finds the site of the path for whoever may see it. */
BH_MUST_USE
enum bh_err bh_site_access_read(struct bh_app *app, struct bh_exchange *exchange, struct bh_reader *reader,
    struct bh_site_record *ret_site);
/* The same after a change, whose caller is known. */
BH_MUST_USE
enum bh_err bh_site_access_reload(struct bh_exchange *exchange, const struct bh_site_ref *ref,
    struct bh_reader *reader, struct bh_site_record *ret_site);

#endif
