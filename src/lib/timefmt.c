// SPDX-License-Identifier: Apache-2.0
#include "lib/timefmt.h"

#include <stdio.h>

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_HOUR INT64_C(3600000)

/* Days since 1970-01-01 of a civil date, and back; a year starts in March, so that the leap day is its last.
 */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *ret_day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *ret_month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

void bh_time_format(int64_t ms, char ret_text[static BH_TIME_TEXT])
{
    const int64_t first = days_from_civil(0, 1, 1) * BH_MS_PER_DAY;
    const int64_t last = days_from_civil(10000, 1, 1) * BH_MS_PER_DAY - 1;
    ms = ms < first ? first : ms > last ? last : ms;
    int64_t days = (ms - first) / BH_MS_PER_DAY + first / BH_MS_PER_DAY;
    int64_t rest = ms - days * BH_MS_PER_DAY;
    int year;
    int month;
    int day;
    civil_from_days(days, &year, &month, &day);
    snprintf(ret_text, BH_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)year % 10000,
        (unsigned)month % 100, (unsigned)day % 100, (unsigned)(rest / MS_PER_HOUR) % 100,
        (unsigned)(rest / MS_PER_MINUTE % 60), (unsigned)(rest / MS_PER_SECOND % 60),
        (unsigned)(rest % MS_PER_SECOND));
}

struct reader {
    struct bh_span text;
    size_t at;
};

static bool take_char(struct reader *in, char c)
{
    if (in->at >= in->text.len || in->text.data[in->at] != c)
        return false;
    in->at++;
    return true;
}

static bool take_digits(struct reader *in, int count, int64_t *ret_value)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++, in->at++) {
        if (in->at >= in->text.len || in->text.data[in->at] < '0' || in->text.data[in->at] > '9')
            return false;
        value = value * 10 + (in->text.data[in->at] - '0');
    }
    *ret_value = value;
    return true;
}

static bool take_date(struct reader *in, int64_t *ret_ms)
{
    int64_t year;
    int64_t month;
    int64_t day;
    if (!take_digits(in, 4, &year) || !take_char(in, '-') || !take_digits(in, 2, &month) ||
        !take_char(in, '-') || !take_digits(in, 2, &day) || month < 1 || month > 12 || day < 1)
        return false;
    int64_t next_month = month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, month + 1, 1);
    if (day > next_month - days_from_civil(year, month, 1))
        return false;
    *ret_ms = days_from_civil(year, month, day) * BH_MS_PER_DAY;
    return true;
}

/* Digits after the point; what is finer than a millisecond is cut. */
static bool take_fraction(struct reader *in, int64_t *ret_ms)
{
    int64_t scale = 100;
    int64_t digit = 0;
    int64_t ms = 0;
    if (!take_digits(in, 1, &digit))
        return false;
    do {
        ms += digit * scale;
        scale /= 10;
    } while (take_digits(in, 1, &digit));
    *ret_ms = ms;
    return true;
}

static bool take_clock(struct reader *in, int64_t *ret_ms)
{
    int64_t hour;
    int64_t minute;
    int64_t second = 0;
    int64_t fraction = 0;
    if (!take_digits(in, 2, &hour) || !take_char(in, ':') || !take_digits(in, 2, &minute))
        return false;
    if (take_char(in, ':')) {
        if (!take_digits(in, 2, &second))
            return false;
        if (take_char(in, '.') && !take_fraction(in, &fraction))
            return false;
    }
    int64_t total = hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + fraction;
    if (minute > 59 || second > 59 || total > BH_MS_PER_DAY)
        return false;
    *ret_ms = total;
    return true;
}

static bool take_offset(struct reader *in, int64_t *ret_ms)
{
    *ret_ms = 0;
    if (in->at == in->text.len || take_char(in, 'Z'))
        return true;
    int64_t sign = take_char(in, '-') ? -1 : 1;
    int64_t hours;
    int64_t minutes;
    if ((sign == 1 && !take_char(in, '+')) || !take_digits(in, 2, &hours) || !take_char(in, ':') ||
        !take_digits(in, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_ms = sign * (hours * MS_PER_HOUR + minutes * MS_PER_MINUTE);
    return true;
}

bool bh_time_parse(struct bh_span text, int64_t *ret_ms)
{
    struct reader in = {text, 0};
    int64_t date;
    int64_t clock = 0;
    int64_t offset = 0;
    if (!take_date(&in, &date))
        return false;
    if (in.at < text.len) {
        if (!take_char(&in, 'T') || !take_clock(&in, &clock) || !take_offset(&in, &offset))
            return false;
    }
    if (in.at != text.len)
        return false;
    *ret_ms = date + clock - offset;
    return true;
}
