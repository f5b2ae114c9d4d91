// SPDX-License-Identifier: Apache-2.0
/*
 * No text that people typed gets out of its quotation marks, begins a line, or brings a hidden character into
 * a text about a passport; the document stays JSON, and the text to paste is the same document.
 */
#include "fuzz_input.h"

#include "lib/json.h"
#include "passport_marks.h"

#define LIMIT ((size_t)1 << 20)
#define LONGEST 300 /* bytes of a text that is written some hundred times */

static void check_json(struct bh_span text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf pasted = {0};
    BH_CLEANUP(bh_json_release) json_t *document = NULL;
    BH_CLEANUP(bh_json_release) json_t *again = NULL;
    struct marks_passport all;
    bh_buf_init(&out, LIMIT);
    bh_buf_init(&pasted, LIMIT);
    marks_fill(text, &all);
    bh_passport_write(&all.passport, &out);
    bh_passport_write_text(&all.passport, BH_PASSPORT_JSON, &pasted);
    require(!out.failed && bh_json_parse_object(bh_buf_span(&out), &document) == BH_OK);
    require(!marks_has_hidden(bh_buf_span(&out)));
    require(bh_json_parse_object(bh_buf_span(&pasted), &again) == BH_OK && json_equal(document, again));
    require(memchr(pasted.data, '`', pasted.len) == NULL && memchr(pasted.data, '<', pasted.len) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bh_span text = {size == 0 ? "" : (const char *)data, size < LONGEST ? size : LONGEST};
    for (size_t i = 0; i < BH_PASSPORT_FORMATS; i++)
        require(marks_hold(text, (enum bh_passport_format)i, LIMIT));
    check_json(text);
    return 0;
}
