// SPDX-License-Identifier: Apache-2.0
/*
 * A command that comes as words, as one text: what rules on commands look at, and what an approval binds.
 * Pure.
 */
#ifndef BH_CODING_COMMAND_TEXT_H
#define BH_CODING_COMMAND_TEXT_H

#include <jansson.h>

#include "lib/buf.h"

/*
 * The words with a blank between them; a word that a shell would not take as it stands is put in single
 * quotes, so that different words never give one text.
 */
void bh_command_text_add_word(struct bh_span word, struct bh_buf *out);
/*
 * Of an array of strings. For a shell with "-c" or "-lc" and one text that text itself, so that one command
 * is one text however a host starts it. False for what is no array of strings, and for an empty one.
 */
BH_MUST_USE
bool bh_command_text_from_array(const json_t *words, struct bh_buf *out);

#endif
