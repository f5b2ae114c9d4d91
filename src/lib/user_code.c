// SPDX-License-Identifier: Apache-2.0
#include "lib/user_code.h"

#include <string.h>

#define SYMBOLS 8
#define ALPHABET_SIZE (sizeof(BH_USER_CODE_ALPHABET) - 1)
#define FAIR_BYTES (256 / ALPHABET_SIZE * ALPHABET_SIZE)

_Static_assert(ALPHABET_SIZE == 29 && FAIR_BYTES == 232, "the alphabet has changed");

static void put(char *code, size_t index, char symbol)
{
    code[index < SYMBOLS / 2 ? index : index + 1] = symbol;
}

static void finish(char *code)
{
    code[SYMBOLS / 2] = '-';
    code[SYMBOLS + 1] = 0;
}

bool bh_user_code_draw(struct bh_span random, char ret_code[static BH_USER_CODE_TEXT])
{
    char code[BH_USER_CODE_TEXT];
    size_t count = 0;
    for (size_t i = 0; i < random.len && count < SYMBOLS; i++) {
        unsigned char byte = (unsigned char)random.data[i];
        if (byte < FAIR_BYTES)
            put(code, count++, BH_USER_CODE_ALPHABET[byte % ALPHABET_SIZE]);
    }
    if (count < SYMBOLS)
        return false;
    finish(code);
    memcpy(ret_code, code, sizeof(code));
    return true;
}

bool bh_user_code_read(struct bh_span text, char ret_code[static BH_USER_CODE_TEXT])
{
    char code[BH_USER_CODE_TEXT];
    size_t count = 0;
    text = bh_span_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        char symbol = text.data[i];
        if (symbol == ' ' || symbol == '-')
            continue;
        if (symbol >= 'a' && symbol <= 'z')
            symbol = (char)(symbol - ('a' - 'A'));
        if (symbol == 0 || strchr(BH_USER_CODE_ALPHABET, symbol) == NULL || count == SYMBOLS)
            return false;
        put(code, count++, symbol);
    }
    if (count < SYMBOLS)
        return false;
    finish(code);
    memcpy(ret_code, code, sizeof(code));
    return true;
}
