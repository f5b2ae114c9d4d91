// SPDX-License-Identifier: Apache-2.0
/*
 * Changes to guarded sites, their rules and keys, each one transaction through the committer that also raises
 * the site's version: a check that was made on older rules is made again. Fields have been read and checked
 * by the caller. What is of another account does not exist: BH_ERR_SITE_NOT_FOUND and the like. BH_ERR_ROLE
 * and others (store/authority.h) when who asks may not any more.
 */
#ifndef BH_APP_SITES_H
#define BH_APP_SITES_H

#include "app/app.h"
#include "store/sites.h"

/* Who changes what: on whose behalf, and the public id of a site of their account. */
struct bh_site_ref {
    struct bh_app *app;
    struct bh_authority authority;
    struct bh_span site_id;
};

/* `domain` is canonical. BH_ERR_SITE_DOMAIN_TAKEN, BH_ERR_SITE_LIMIT. */
BH_MUST_USE
enum bh_err bh_sites_create(struct bh_app *app, const struct bh_authority *authority, struct bh_span name,
    struct bh_span domain, char ret_site_id[static BH_ID_TEXT]);
/* Absent = as it is. */
BH_MUST_USE
enum bh_err bh_sites_change(const struct bh_site_ref *ref, struct bh_span name, struct bh_span status);
/* With all that belongs to it. A long access log goes within a minute; nobody sees it any more. */
BH_MUST_USE
enum bh_err bh_sites_delete(const struct bh_site_ref *ref);

enum {
    BH_SITE_RULE_NAME = 1,
    BH_SITE_RULE_STATUS = 2,
    BH_SITE_RULE_AGENT_IDENTIFIER = 4,
    BH_SITE_RULE_USER_AGENT_PATTERN = 8,
    BH_SITE_RULE_VERIFIED_AGENT = 16,
    BH_SITE_RULE_ALLOWED_PATHS = 32,
    BH_SITE_RULE_BLOCKED_PATHS = 64,
    BH_SITE_RULE_REQUIRES_APPROVAL = 128,
    BH_SITE_RULE_NOTES = 256,
};

/*
 * Reads name to requires_approval of `rule`. BH_ERR_SITE_RULE_SIGNAL when it has neither a signal nor a
 * demand, BH_ERR_SITE_RULE_LIMIT, BH_ERR_SITE_RULE_SIZE.
 */
BH_MUST_USE
enum bh_err bh_site_rules_create(const struct bh_site_ref *ref, const struct bh_site_rule_record *rule,
    char ret_rule_id[static BH_ID_TEXT]);
/* Takes over from `values` what `named` (of the above) says. The same errors. */
BH_MUST_USE
enum bh_err bh_site_rules_change(const struct bh_site_ref *ref, struct bh_span rule_id,
    const struct bh_site_rule_record *values, unsigned named);
BH_MUST_USE
enum bh_err bh_site_rules_delete(const struct bh_site_ref *ref, struct bh_span rule_id);

/* BH_ERR_SITE_KEY_LIMIT. The caller wipes ret_key. */
BH_MUST_USE
enum bh_err bh_site_keys_create(const struct bh_site_ref *ref, struct bh_span name,
    char ret_key_id[static BH_ID_TEXT], char ret_key[static BH_SECRET_TEXT]);
/* BH_ERR_SITE_KEY_NOT_FOUND also when it is revoked already. */
BH_MUST_USE
enum bh_err bh_site_keys_revoke(const struct bh_site_ref *ref, struct bh_span key_id);

#endif
