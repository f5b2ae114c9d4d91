// SPDX-License-Identifier: Apache-2.0
#include "store/record_id.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#define BLOCK 16
#define PREFIX 4

static const struct {
    const char *prefix, *purpose;
} kinds[BH_RECORD_KINDS] = {
    [BH_RECORD_REQUEST] = {"req_", "request-id"},
    [BH_RECORD_EVENT] = {"evt_", "event-id"},
};

static unsigned char cipher_keys[BH_RECORD_KINDS][BLOCK];
static unsigned key_number; /* counts setups, so that each thread notices a new key */

/*
 * One pair of contexts per thread and kind: making one costs many times what the block does. ECB of a single
 * block is the bare cipher, which is what is wanted here.
 */
struct ciphers {
    EVP_CIPHER_CTX *encrypt[BH_RECORD_KINDS], *decrypt[BH_RECORD_KINDS];
    unsigned key_number;
};

static pthread_key_t thread_slot;
static pthread_once_t thread_slot_once = PTHREAD_ONCE_INIT;
static _Thread_local struct ciphers *thread_ciphers;

static void destroy_ciphers(void *memory)
{
    struct ciphers *ciphers = memory;
    for (size_t kind = 0; kind < BH_RECORD_KINDS; kind++) {
        EVP_CIPHER_CTX_free(ciphers->encrypt[kind]);
        EVP_CIPHER_CTX_free(ciphers->decrypt[kind]);
    }
    free(ciphers);
}

static void make_thread_slot(void)
{
    if (pthread_key_create(&thread_slot, destroy_ciphers) != 0)
        abort();
}

static EVP_CIPHER_CTX *make_context(EVP_CIPHER_CTX *context, const unsigned char *key, int encrypt)
{
    if (context == NULL)
        context = EVP_CIPHER_CTX_new();
    if (context == NULL || EVP_CipherInit_ex(context, EVP_aes_128_ecb(), NULL, key, NULL, encrypt) != 1 ||
        EVP_CIPHER_CTX_set_padding(context, 0) != 1)
        abort();
    return context;
}

static struct ciphers *ciphers(void)
{
    struct ciphers *mine = thread_ciphers;
    unsigned number = __atomic_load_n(&key_number, __ATOMIC_ACQUIRE);
    if (mine != NULL && mine->key_number == number)
        return mine;
    if (number == 0)
        abort(); /* our bug: ids under no key */
    if (mine == NULL) {
        pthread_once(&thread_slot_once, make_thread_slot);
        mine = calloc(1, sizeof(*mine));
        if (mine == NULL || pthread_setspecific(thread_slot, mine) != 0)
            abort();
        thread_ciphers = mine;
    }
    for (size_t kind = 0; kind < BH_RECORD_KINDS; kind++) {
        mine->encrypt[kind] = make_context(mine->encrypt[kind], cipher_keys[kind], 1);
        mine->decrypt[kind] = make_context(mine->decrypt[kind], cipher_keys[kind], 0);
    }
    mine->key_number = number;
    return mine;
}

void bh_record_id_setup(const struct bh_server_key *key)
{
    for (size_t kind = 0; kind < BH_RECORD_KINDS; kind++) {
        struct bh_sha256 derived = bh_server_key_derive(key, kinds[kind].purpose);
        memcpy(cipher_keys[kind], derived.bytes, BLOCK);
        bh_wipe(&derived, sizeof(derived));
    }
    __atomic_add_fetch(&key_number, 1, __ATOMIC_RELEASE);
}

static void put64(unsigned char *bytes, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        bytes[i] = (unsigned char)value;
}

static uint64_t get64(const unsigned char *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void run_block(EVP_CIPHER_CTX *context, unsigned char block[static BLOCK])
{
    unsigned char result[2 * BLOCK];
    int length = 0;
    if (EVP_CipherUpdate(context, result, &length, block, BLOCK) != 1 || length != BLOCK)
        abort();
    memcpy(block, result, BLOCK);
}

void bh_record_id_encode(
    enum bh_record_kind kind, int64_t row, uint64_t salt, char ret_text[static BH_RECORD_ID_TEXT])
{
    unsigned char block[BLOCK];
    put64(block, (uint64_t)row);
    put64(block + 8, salt);
    run_block(ciphers()->encrypt[kind], block);
    memcpy(ret_text, kinds[kind].prefix, PREFIX);
    bh_base64url_encode((struct bh_span){(const char *)block, BLOCK}, ret_text + PREFIX);
}

bool bh_record_id_decode(enum bh_record_kind kind, struct bh_span text, int64_t *ret_row, uint64_t *ret_salt)
{
    unsigned char block[BLOCK];
    if (!bh_span_starts_with(text, bh_span_from(kinds[kind].prefix)) ||
        !bh_base64url_decode(bh_span_from_index(text, PREFIX), block, BLOCK))
        return false;
    run_block(ciphers()->decrypt[kind], block);
    uint64_t row = get64(block);
    if (row == 0 || row > INT64_MAX)
        return false;
    *ret_row = (int64_t)row;
    *ret_salt = get64(block + 8);
    return true;
}
