// SPDX-License-Identifier: Apache-2.0
#include "lib/number_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

/* A double has no more digits that count. */
#define DIGITS_MAX 17
#define EXPONENT_MAX 1000000

/* 0.DIGITS * 10^exponent; no digits are 0. Neither the first nor the last digit is 0. */
struct decimal {
    char digits[DIGITS_MAX + 1];
    size_t count;
    int exponent;
};

static int read_exponent(struct bh_span text)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    int value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= '0' && text.data[i] <= '9' && value < EXPONENT_MAX)
            value = value * 10 + (text.data[i] - '0');
    }
    return negative ? -value : value;
}

/* False with more digits than a double can hold. */
static bool read_decimal(struct bh_span text, struct decimal *ret_decimal)
{
    struct decimal decimal = {.count = 0};
    bool fraction = false;
    size_t zeros = 0, at = 0;
    for (; at < text.len && text.data[at] != 'e' && text.data[at] != 'E'; at++) {
        char c = text.data[at];
        if (c == '.' || c == '-') {
            fraction |= c == '.';
            continue;
        }
        bool leads = decimal.count == 0 && c == '0';
        if (leads && fraction)
            decimal.exponent--;
        else if (!leads && !fraction)
            decimal.exponent++;
        if (c == '0') {
            zeros += !leads;
            continue;
        }
        if (decimal.count + zeros + 1 > DIGITS_MAX)
            return false;
        for (; zeros > 0; zeros--)
            decimal.digits[decimal.count++] = '0';
        decimal.digits[decimal.count++] = c;
    }
    if (at < text.len)
        decimal.exponent += read_exponent(bh_span_from_index(text, at + 1));
    if (decimal.count == 0)
        decimal.exponent = 0;
    *ret_decimal = decimal;
    return true;
}

static bool keeps_value(struct bh_span number)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf written = {0};
    struct decimal before, after;
    char text[64];
    bh_buf_init(&written, sizeof(text));
    if (!read_decimal(number, &before))
        return false;
    snprintf(text, sizeof(text), "0.%se%d", before.count == 0 ? "0" : before.digits, before.exponent);
    bh_json_add_number(&written, strtod(text, NULL));
    return !written.failed && read_decimal(bh_buf_span(&written), &after) &&
           strcmp(before.digits, after.digits) == 0 && before.exponent == after.exponent;
}

static bool is_part(char c)
{
    return (c >= '0' && c <= '9') || (c != 0 && strchr("+-.eE", c) != NULL);
}

struct bh_span bh_number_check_find(struct bh_span text)
{
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '"')
            in_string = !in_string;
        else if (in_string && c == '\\')
            i++;
        if (in_string || (c != '-' && (c < '0' || c > '9')))
            continue;
        size_t start = i;
        while (i + 1 < text.len && is_part(text.data[i + 1]))
            i++;
        struct bh_span number = {text.data + start, i + 1 - start};
        if (!keeps_value(number))
            return number;
    }
    return BH_ABSENT;
}
