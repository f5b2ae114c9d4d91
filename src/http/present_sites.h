// SPDX-License-Identifier: Apache-2.0
/*
 * Guarded sites and what belongs to them as the API shows them. Never a key or its hash.
 */
#ifndef BH_HTTP_PRESENT_SITES_H
#define BH_HTTP_PRESENT_SITES_H

#include "lib/json.h"
#include "store/sites.h"

/* `site_id`: that of the site that all this belongs to. */
void bh_present_site(const struct bh_site_record *site, struct bh_buf *out);
void bh_present_site_rule(const struct bh_site_rule_record *rule, struct bh_span site_id, struct bh_buf *out);
void bh_present_site_key(const struct bh_site_key_record *key, struct bh_span site_id, struct bh_buf *out);
void bh_present_site_directory(
    const struct bh_site_directory_record *directory, struct bh_span site_id, struct bh_buf *out);
/* What the visitor sent passes the redactor. */
void bh_present_site_check(
    const struct bh_site_check_record *check, struct bh_span site_id, struct bh_buf *out);

#endif
