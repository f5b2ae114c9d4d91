// SPDX-License-Identifier: Apache-2.0
/*
 * `behalf passport verify`: is this signed passport genuine and still good? Offline, when the keys are in a
 * file.
 */
#ifndef BH_CLI_PASSPORT_VERIFY_H
#define BH_CLI_PASSPORT_VERIFY_H

#include <jansson.h>

#include "lib/jws.h"

/* How far ahead of ours the clock of the issuer may be. A passport that has expired gets no second more. */
#define BH_PASSPORT_LEEWAY_S 60

enum bh_passport_verdict {
    BH_PASSPORT_MALFORMED = 0,
    BH_PASSPORT_UNKNOWN_KEY,
    BH_PASSPORT_SIGNATURE,
    BH_PASSPORT_EXPIRED,
    BH_PASSPORT_NOT_YET_VALID,
    BH_PASSPORT_OTHER_ISSUER,
    BH_PASSPORT_VALID
};

/*
 * Judges the token at `now_s`. `issuer` is the one that it must be from, absent for any. The claims, of
 * BH_PASSPORT_VALID only, belong to the caller.
 */
BH_MUST_USE
enum bh_passport_verdict bh_passport_verify(struct bh_span token, const struct bh_signature_key *keys,
    size_t key_count, struct bh_span issuer, int64_t now_s, struct bh_arena *arena, json_t **ret_claims);

/* The command. Status 0 valid, 1 not, 2 for wrong arguments and for what could not be read. */
int bh_passport_run_verify(int argc, char **argv);

#endif
