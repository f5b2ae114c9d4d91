// SPDX-License-Identifier: Apache-2.0
#include "gateway/page_text.h"

#define REPLACEMENT 0xFFFD
#define REPLACEMENT_TEXT BH_SPAN("\xef\xbf\xbd")

void bh_page_text_add_gap(struct bh_page_text *text)
{
    text->has_gap = true;
}

static void add_visible(struct bh_page_text *text, struct bh_span character, size_t units)
{
    if (text->has_gap && text->units > 0 && text->units < text->limit) {
        bh_buf_add_char(text->out, ' ');
        text->units++;
    }
    text->has_gap = false;
    if (text->units + units > text->limit) {
        text->is_full = true;
        return;
    }
    bh_buf_add(text->out, character);
    text->units += units;
}

/* Malformed bytes read as U+FFFD one by one; the character itself has three. */
static bool is_malformed(uint32_t code_point, size_t length)
{
    return code_point == 0 || (code_point == REPLACEMENT && length != 3);
}

void bh_page_text_add(struct bh_page_text *text, struct bh_span piece)
{
    for (size_t at = 0; at < piece.len && !text->is_full;) {
        size_t next = at;
        uint32_t code_point = bh_span_next_code_point(piece, &next);
        struct bh_span character = {piece.data + at, next - at};
        at = next;
        if (is_malformed(code_point, character.len))
            add_visible(text, REPLACEMENT_TEXT, 1);
        else if (bh_span_is_blank(character))
            text->has_gap = true;
        else
            add_visible(text, character, code_point > 0xFFFF ? 2 : 1);
    }
}

bool bh_page_text_is_valid(struct bh_span text, size_t limit)
{
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        uint32_t code_point = bh_span_next_code_point(text, &at);
        if (is_malformed(code_point, at - start))
            return false;
    }
    return bh_span_utf16_length(text) <= limit;
}
