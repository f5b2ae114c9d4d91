// SPDX-License-Identifier: Apache-2.0
/*
 * On whose behalf a change is made. What a person may do is read when the request comes in, and the change
 * may wait after that: so each change carries this and it is looked at again inside its transaction. That is
 * what makes taking a role, a token or a session away work at once.
 */
#ifndef BH_STORE_AUTHORITY_H
#define BH_STORE_AUTHORITY_H

#include "core/role.h"
#include "store/store.h"

/* All internal ids; zero is nobody, who may do nothing. */
struct bh_authority {
    int64_t account;
    int64_t person;         /* 0: a token that was made on the server's command line */
    int64_t session, token; /* one of them is not 0 */
    unsigned may;           /* enum bh_may: what the role must allow for this change */
};

/*
 * NULL is the server itself, or an agent by its own key: BH_OK. BH_ERR_NOT_A_MEMBER, BH_ERR_ROLE,
 * BH_ERR_AUTH_REQUIRED when the session has ended, BH_ERR_DEVELOPER_TOKEN when the token was revoked. When
 * `may` is BH_MAY_OPERATE, no role is asked for: BH_ERR_OPERATOR unless it is the session of an operator.
 */
BH_MUST_USE
enum bh_err bh_authority_check(struct bh_db *db, const struct bh_authority *authority);

#endif
