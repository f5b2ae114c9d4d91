// SPDX-License-Identifier: Apache-2.0
#include "core/role.h"

static const struct {
    const char *text, *label;
    unsigned may;
} roles[BH_ROLES] = {
    [BH_ROLE_NONE] = {"", "", BH_MAY_NOTHING},
#define BH_ROLE(name, text, label, may) [BH_ROLE_##name] = {text, label, may},
#include "core/role_table.h"
#undef BH_ROLE
};

unsigned bh_role_may(enum bh_role role)
{
    return role < BH_ROLES ? roles[role].may : BH_MAY_NOTHING;
}

bool bh_role_rules_over(enum bh_role actor, enum bh_role subject)
{
    if (subject == BH_ROLE_NONE || subject >= BH_ROLES || !bh_role_allows(actor, BH_MAY_MANAGE_MEMBERS))
        return false;
    return actor == BH_ROLE_OWNER || !bh_role_allows(subject, BH_MAY_MANAGE_MEMBERS);
}

const char *bh_role_text(enum bh_role role)
{
    return role < BH_ROLES ? roles[role].text : "";
}

const char *bh_role_label(enum bh_role role)
{
    return role < BH_ROLES ? roles[role].label : "";
}

enum bh_role bh_role_find(struct bh_span text)
{
    for (unsigned role = BH_ROLE_NONE + 1; role < BH_ROLES; role++) {
        if (bh_span_equal(text, bh_span_from(roles[role].text)))
            return (enum bh_role)role;
    }
    return BH_ROLE_NONE;
}
