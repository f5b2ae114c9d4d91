// SPDX-License-Identifier: Apache-2.0
#include "lib/digest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define HMAC_BLOCK 64

/*
 * EVP_MD_fetch costs more than hashing a key, so the digest is fetched once; and a context per thread saves
 * the allocation on every call. Both live as long as the process.
 */
static EVP_MD *sha256_method(void)
{
    static EVP_MD *method;
    EVP_MD *known = __atomic_load_n(&method, __ATOMIC_ACQUIRE);
    if (known != NULL)
        return known;
    EVP_MD *fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (fetched == NULL)
        abort();
    if (!__atomic_compare_exchange_n(&method, &known, fetched, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        EVP_MD_free(fetched);
        return known;
    }
    return fetched;
}

static _Thread_local EVP_MD_CTX *thread_context;
static pthread_key_t context_key; /* frees the context of a thread that ends */
static pthread_once_t context_key_once = PTHREAD_ONCE_INIT;

static void free_context(void *ctx)
{
    EVP_MD_CTX_free(ctx);
}

static void make_context_key(void)
{
    if (pthread_key_create(&context_key, free_context) != 0)
        abort();
}

static EVP_MD_CTX *context(void)
{
    if (thread_context != NULL)
        return thread_context;
    pthread_once(&context_key_once, make_context_key);
    thread_context = EVP_MD_CTX_new();
    if (thread_context == NULL || pthread_setspecific(context_key, thread_context) != 0)
        abort();
    return thread_context;
}

struct bh_sha256 bh_sha256_two(struct bh_span first, struct bh_span second)
{
    struct bh_sha256 digest;
    EVP_MD_CTX *ctx = context();
    if (EVP_DigestInit_ex2(ctx, sha256_method(), NULL) != 1 ||
        EVP_DigestUpdate(ctx, first.data, first.len) != 1 ||
        EVP_DigestUpdate(ctx, second.data, second.len) != 1 ||
        EVP_DigestFinal_ex(ctx, digest.bytes, NULL) != 1)
        abort();
    return digest;
}

struct bh_sha256 bh_sha256(struct bh_span data)
{
    return bh_sha256_two(data, BH_SPAN(""));
}

/*
 * HMAC by its definition (RFC 2104) over the digest above: the library's one-shot call looks up its algorithm
 * by name each time, which cost more than the two hashes.
 */
struct bh_sha256 bh_hmac_sha256(struct bh_span key, struct bh_span data)
{
    unsigned char inner_pad[HMAC_BLOCK];
    unsigned char outer_pad[HMAC_BLOCK];
    struct bh_sha256 short_key;
    if (key.len > HMAC_BLOCK) {
        short_key = bh_sha256(key);
        key = bh_sha256_span(&short_key);
    }
    for (size_t i = 0; i < HMAC_BLOCK; i++) {
        unsigned char byte = i < key.len ? (unsigned char)key.data[i] : 0;
        inner_pad[i] = byte ^ 0x36;
        outer_pad[i] = byte ^ 0x5C;
    }
    struct bh_sha256 inner = bh_sha256_two((struct bh_span){(const char *)inner_pad, HMAC_BLOCK}, data);
    struct bh_sha256 outer =
        bh_sha256_two((struct bh_span){(const char *)outer_pad, HMAC_BLOCK}, bh_sha256_span(&inner));
    bh_wipe(inner_pad, sizeof(inner_pad));
    bh_wipe(outer_pad, sizeof(outer_pad));
    return outer;
}

void bh_hex_encode(struct bh_span data, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < data.len; i++) {
        unsigned char byte = (unsigned char)data.data[i];
        ret_text[2 * i] = digits[byte >> 4];
        ret_text[2 * i + 1] = digits[byte & 15];
    }
    ret_text[2 * data.len] = 0;
}

static const char base64url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t bh_base64url_encode(struct bh_span data, char *ret_text)
{
    size_t out = 0;
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < data.len; i++) {
        bits = (bits << 8) | (unsigned char)data.data[i];
        for (held += 8; held >= 6; held -= 6)
            ret_text[out++] = base64url_digits[(bits >> (held - 6)) & 63];
    }
    if (held > 0)
        ret_text[out++] = base64url_digits[(bits << (6 - held)) & 63];
    ret_text[out] = 0;
    return out;
}

bool bh_base64url_decode(struct bh_span text, unsigned char *ret_data, size_t size)
{
    if (text.len != (size * 4 + 2) / 3)
        return false;
    size_t out = 0;
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = memchr(base64url_digits, text.data[i], 64);
        if (digit == NULL)
            return false;
        bits = (bits << 6) | (uint32_t)(digit - base64url_digits);
        held += 6;
        if (held >= 8) {
            held -= 8;
            ret_data[out++] = (unsigned char)(bits >> held);
        }
    }
    return out == size && (bits & ((1u << held) - 1)) == 0;
}

bool bh_equal_constant_time(struct bh_span a, struct bh_span b)
{
    if (a.len != b.len) {
        volatile int ignored = CRYPTO_memcmp(a.data, a.data, a.len);
        (void)ignored;
        return false;
    }
    return CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}

void bh_wipe(void *memory, size_t size)
{
    OPENSSL_cleanse(memory, size);
}
