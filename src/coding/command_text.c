// SPDX-License-Identifier: Apache-2.0
#include "coding/command_text.h"

#include <string.h>

static struct bh_span text_at(const json_t *words, size_t index)
{
    const json_t *word = json_array_get(words, index);
    return json_is_string(word) ? (struct bh_span){json_string_value(word), json_string_length(word)}
                                : BH_ABSENT;
}

static bool is_safe(struct bh_span word)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@^_";
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] == 0 || strchr(safe, word.data[i]) == NULL)
            return false;
    }
    return word.len > 0;
}

void bh_command_text_add_word(struct bh_span word, struct bh_buf *out)
{
    if (out->len > 0)
        bh_buf_add_char(out, ' ');
    if (is_safe(word)) {
        bh_buf_add(out, word);
        return;
    }
    bh_buf_add_char(out, '\'');
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] == '\'')
            bh_buf_add_text(out, "'\\''");
        else
            bh_buf_add_char(out, word.data[i]);
    }
    bh_buf_add_char(out, '\'');
}

static bool is_shell_line(const json_t *words)
{
    static const struct bh_span shells[] = {BH_SPAN("bash"), BH_SPAN("sh"), BH_SPAN("zsh"),
        BH_SPAN("/bin/bash"), BH_SPAN("/bin/sh"), BH_SPAN("/bin/zsh"), BH_SPAN("/usr/bin/bash"),
        BH_SPAN("/usr/bin/sh"), BH_SPAN("/usr/bin/zsh")};
    static const struct bh_span flags[] = {BH_SPAN("-c"), BH_SPAN("-lc")};
    return json_array_size(words) == 3 && !bh_span_is_blank(text_at(words, 2)) &&
           bh_span_list_has((struct bh_span_list){shells, BH_COUNT(shells)}, text_at(words, 0)) &&
           bh_span_list_has((struct bh_span_list){flags, BH_COUNT(flags)}, text_at(words, 1));
}

bool bh_command_text_from_array(const json_t *words, struct bh_buf *out)
{
    if (is_shell_line(words)) {
        bh_buf_add(out, text_at(words, 2));
        return !out->failed;
    }
    for (size_t i = 0; i < json_array_size(words); i++) {
        if (bh_span_is_absent(text_at(words, i)))
            return false;
        bh_command_text_add_word(text_at(words, i), out);
    }
    return json_array_size(words) > 0 && !out->failed;
}
