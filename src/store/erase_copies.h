// SPDX-License-Identifier: Apache-2.0
/*
 * What repeats content of an entry of the audit log, and goes when that is erased: the payloads of events
 * about it, the approval that it opened or spent, the answer kept for its idempotency key, the record of what
 * the action gateway did on it.
 *
 * What still has something to do goes when that is done, for it was promised before: an event that is not yet
 * delivered everywhere is delivered; an approval that waits for a person, or may still be used, ends first,
 * and a denial stays for as long as nobody may be asked again. Meanwhile nobody is shown the event's payload.
 * An event keeps its row, type and attempts; a dead letter cannot be replayed any more.
 */
#ifndef BH_STORE_ERASE_COPIES_H
#define BH_STORE_ERASE_COPIES_H

#include "store/db.h"

/* Of the account's rows from `first` to `last`. Inside the transaction that blanks them, before it does. */
BH_MUST_USE
enum bh_err bh_copies_take(struct bh_db *db, int64_t account, int64_t first, int64_t last, int64_t now_ms);
/* Takes what had to wait and has ended by now; looks at up to `limit` that were not looked at for a minute.
 */
BH_MUST_USE
enum bh_err bh_copies_take_ended(struct bh_db *db, int64_t now_ms, size_t limit, size_t *ret_looked_at);

#endif
