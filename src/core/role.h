// SPDX-License-Identifier: Apache-2.0
/*
 * The roles of an account's members. Zero is nobody, who may do nothing. A higher number may do all that a
 * lower one may.
 */
#ifndef BH_CORE_ROLE_H
#define BH_CORE_ROLE_H

#include "lib/span.h"

enum bh_may {
    BH_MAY_NOTHING = 0,
    BH_MAY_READ = 1,             /* see agents, permissions, approvals, logs, endpoints, members */
    BH_MAY_OWN_TOKENS = 2,       /* make and revoke developer tokens of one's own */
    BH_MAY_APPROVE = 4,          /* approve and deny requests */
    BH_MAY_MANAGE_AGENTS = 8,    /* agents, their keys and permissions */
    BH_MAY_MANAGE_WEBHOOKS = 16, /* endpoints, their secrets, replays */
    BH_MAY_MANAGE_MEMBERS = 32,  /* invite, change and remove members of a lower role; an owner: of any */
    BH_MAY_MANAGE_ACCOUNT = 64,  /* the account's settings */
    BH_MAY_ERASE_LOGS = 128,
    BH_MAY_MANAGE_SITES = 256, /* guarded sites, their rules, keys, key directories */
    BH_MAY_OPERATE = 512,      /* run the server: in no role, operators alone may, whatever their role */
};

enum bh_role {
    BH_ROLE_NONE = 0,
#define BH_ROLE(name, text, label, may) BH_ROLE_##name,
#include "core/role_table.h"
#undef BH_ROLE
    BH_ROLES
};

unsigned bh_role_may(enum bh_role role);
static inline bool bh_role_allows(enum bh_role role, unsigned what)
{
    return what != 0 && (bh_role_may(role) & what) == what;
}
/* May `actor` give somebody the role `subject`, change it or take it away? An owner any; an
 * admin those who cannot manage members themselves. */
bool bh_role_rules_over(enum bh_role actor, enum bh_role subject);
/* As stored and sent, "viewer"; "" for BH_ROLE_NONE. */
const char *bh_role_text(enum bh_role role);
/* As shown, "Viewer". */
const char *bh_role_label(enum bh_role role);
/* BH_ROLE_NONE for any other text. */
enum bh_role bh_role_find(struct bh_span text);

#endif
