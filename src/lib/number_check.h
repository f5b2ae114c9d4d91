// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers in the JSON files of others. We hold numbers as IEEE doubles and write the shortest decimal that
 * reads back, so 1.10 becomes 1.1, which is the same number; 12345678901234567890 would become another one.
 */
#ifndef BH_LIB_NUMBER_CHECK_H
#define BH_LIB_NUMBER_CHECK_H

#include "lib/span.h"

/*
 * The first number of a valid JSON text that would have another value once it was written back; absent when
 * all keep theirs. The sign of a zero is no value.
 */
struct bh_span bh_number_check_find(struct bh_span text);

#endif
