// SPDX-License-Identifier: Apache-2.0
#include "lib/email.h"

#include <string.h>

#define NAME_LIMIT 64
#define LABEL_LIMIT 63

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_name(struct bh_span name)
{
    static const char others[] = ".!#$%&'*+/=?^_`{|}~-";
    if (name.len == 0 || name.len > NAME_LIMIT)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_alphanumeric(name.data[i]) && (name.data[i] == 0 || strchr(others, name.data[i]) == NULL))
            return false;
    }
    return true;
}

static bool is_label(struct bh_span label)
{
    if (label.len == 0 || label.len > LABEL_LIMIT || label.data[0] == '-' || label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!is_alphanumeric(label.data[i]) && label.data[i] != '-')
            return false;
    }
    return true;
}

static bool is_domain(struct bh_span domain)
{
    for (;;) {
        const char *point = domain.len == 0 ? NULL : memchr(domain.data, '.', domain.len);
        size_t length = point == NULL ? domain.len : (size_t)(point - domain.data);
        if (!is_label((struct bh_span){domain.data, length}))
            return false;
        if (point == NULL)
            return true;
        domain = bh_span_from_index(domain, length + 1);
    }
}

enum bh_err bh_email_read(struct bh_span text, char ret_email[static BH_EMAIL_TEXT])
{
    char email[BH_EMAIL_TEXT];
    text = bh_span_trim(text);
    if (text.len == 0 || text.len >= BH_EMAIL_TEXT)
        return BH_ERR_EMAIL;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        email[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    email[text.len] = 0;
    const char *at = memchr(email, '@', text.len);
    if (at == NULL || !is_name((struct bh_span){email, (size_t)(at - email)}) ||
        !is_domain((struct bh_span){at + 1, text.len - (size_t)(at + 1 - email)}))
        return BH_ERR_EMAIL;
    memcpy(ret_email, email, text.len + 1);
    return BH_OK;
}
