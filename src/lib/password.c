// SPDX-License-Identifier: Apache-2.0
#include "lib/password.h"

#include <stdio.h>
#include <openssl/evp.h>

#include "lib/digest.h"
#include "lib/log.h"

#define SALT_TEXT 22
#define KEY_SIZE 64
#define KEY_TEXT 86
#define PREFIX "scrypt:"
#define COST_N 16384
#define COST_R 8
#define COST_P 1
#define MEMORY_LIMIT (64u << 20)

enum bh_err bh_password_check(struct bh_span password)
{
    size_t units = bh_span_utf16_length(password);
    return units >= BH_PASSWORD_UNITS_MIN && units <= BH_PASSWORD_UNITS_MAX ? BH_OK : BH_ERR_PASSWORD_LENGTH;
}

/* The key as text, from the salt as text. */
static enum bh_err derive(struct bh_span password, struct bh_span salt, char ret_text[static KEY_TEXT + 1])
{
    unsigned char key[KEY_SIZE];
    bh_log(BH_LOG_DEBUG, "a password was hashed", NULL);
    if (EVP_PBE_scrypt(password.len == 0 ? "" : password.data, password.len, (const unsigned char *)salt.data,
            salt.len, COST_N, COST_R, COST_P, MEMORY_LIMIT, key, sizeof(key)) != 1)
        return BH_ERR_NO_MEMORY;
    bh_base64url_encode((struct bh_span){(const char *)key, sizeof(key)}, ret_text);
    bh_wipe(key, sizeof(key));
    return BH_OK;
}

enum bh_err bh_password_hash(struct bh_span password, const unsigned char salt[static BH_PASSWORD_SALT],
    char ret_text[static BH_PASSWORD_TEXT])
{
    char salt_text[SALT_TEXT + 1];
    char key_text[KEY_TEXT + 1];
    bh_base64url_encode((struct bh_span){(const char *)salt, BH_PASSWORD_SALT}, salt_text);
    enum bh_err err = derive(password, (struct bh_span){salt_text, SALT_TEXT}, key_text);
    if (err != BH_OK)
        return err;
    snprintf(ret_text, BH_PASSWORD_TEXT, PREFIX "%s:%s", salt_text, key_text);
    bh_wipe(key_text, sizeof(key_text));
    return BH_OK;
}

/* Splits the stored text; false when it does not have the one form. */
static bool split(struct bh_span stored, struct bh_span *ret_salt, struct bh_span *ret_key)
{
    const size_t prefix = sizeof(PREFIX) - 1;
    if (stored.len != prefix + SALT_TEXT + 1 + KEY_TEXT || !bh_span_starts_with(stored, BH_SPAN(PREFIX)) ||
        stored.data[prefix + SALT_TEXT] != ':')
        return false;
    *ret_salt = (struct bh_span){stored.data + prefix, SALT_TEXT};
    *ret_key = bh_span_from_index(stored, prefix + SALT_TEXT + 1);
    return true;
}

enum bh_err bh_password_verify(struct bh_span password, struct bh_span stored)
{
    struct bh_span salt = BH_SPAN("AAAAAAAAAAAAAAAAAAAAAA");
    struct bh_span wanted = BH_SPAN("");
    char key_text[KEY_TEXT + 1];
    bool known = split(stored, &salt, &wanted);
    enum bh_err err = derive(password, salt, key_text);
    if (err != BH_OK)
        return err;
    bool equal = bh_equal_constant_time(wanted, (struct bh_span){key_text, KEY_TEXT});
    bh_wipe(key_text, sizeof(key_text));
    return known && equal ? BH_OK : BH_ERR_LOGIN;
}
