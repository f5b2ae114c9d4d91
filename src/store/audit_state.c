// SPDX-License-Identifier: Apache-2.0
#include "store/audit_state.h"

#include <string.h>

#include "lib/ed25519.h"

#define MESSAGE_MAX 160

struct message {
    char bytes[MESSAGE_MAX];
    size_t len;
};

static void add_bytes(struct message *message, const void *bytes, size_t size)
{
    memcpy(message->bytes + message->len, bytes, size);
    message->len += size;
}

static void add64(struct message *message, int64_t value)
{
    unsigned char bytes[8];
    for (int i = 7; i >= 0; i--, value >>= 8)
        bytes[i] = (unsigned char)(value & 0xff);
    add_bytes(message, bytes, sizeof(bytes));
}

static struct bh_span message_span(const struct message *message)
{
    return (struct bh_span){message->bytes, message->len};
}

/* ---- head -----------------------------------------------------------------------------------------------
 */

struct bh_sha256 bh_audit_state_key(const struct bh_server_key *key)
{
    return bh_server_key_derive(key, "audit-head");
}

static struct bh_sha256 state_mac(const struct bh_audit_state *state, const struct bh_sha256 *mac_key)
{
    struct message message = {.len = 0};
    static const char purpose[] = "behalf audit head 1";
    add_bytes(&message, purpose, sizeof(purpose));
    add64(&message, state->head);
    add_bytes(&message, state->chain.bytes, BH_SHA256_SIZE);
    add64(&message, state->broken);
    if (state->trail != 0) {
        add64(&message, state->trail);
        add_bytes(&message, state->trail_mac.bytes, BH_SHA256_SIZE);
    }
    return bh_hmac_sha256(bh_sha256_span(mac_key), message_span(&message));
}

bool bh_audit_state_is_valid(const struct bh_audit_state *state, const struct bh_sha256 *mac_key)
{
    struct bh_sha256 mac = state_mac(state, mac_key);
    return bh_equal_constant_time(bh_sha256_span(&mac), bh_sha256_span(&state->mac));
}

enum bh_err bh_audit_state_read(struct bh_db *db, struct bh_audit_state *ret_state)
{
    struct bh_audit_state state = {0};
    struct bh_stmt *stmt = bh_db_statement(db,
        "SELECT head, chain, broken, counted_through, mac, trail, trail_mac FROM audit_state WHERE id = 1");
    enum bh_err err = bh_stmt_step(stmt);
    if (err != BH_OK)
        return err;
    state.head = bh_stmt_int(stmt, 0);
    state.broken = bh_stmt_int(stmt, 2);
    state.counted_through = bh_stmt_int(stmt, 3);
    /* Digests of a wrong length stay zero: the signature is then wrong, which is noticed where it matters. */
    (void)!bh_stmt_sha256(stmt, 1, &state.chain);
    (void)!bh_stmt_sha256(stmt, 4, &state.mac);
    state.trail = bh_stmt_int(stmt, 5);
    if (state.trail != 0)
        (void)!bh_stmt_sha256(stmt, 6, &state.trail_mac);
    bh_stmt_end(stmt);
    *ret_state = state;
    return BH_OK;
}

enum bh_err bh_audit_state_write(
    struct bh_db *db, const struct bh_sha256 *mac_key, const struct bh_audit_state *state)
{
    struct bh_sha256 mac = state_mac(state, mac_key);
    struct bh_stmt *stmt =
        bh_db_statement(db, "INSERT INTO audit_state (id, head, chain, broken, counted_through, mac, trail, "
                            "trail_mac) VALUES (1, $1, $2, $3, $4, $5, $6, $7) "
                            "ON CONFLICT (id) DO UPDATE SET head = excluded.head, chain = excluded.chain, "
                            "broken = excluded.broken, counted_through = excluded.counted_through, "
                            "mac = excluded.mac, trail = excluded.trail, trail_mac = excluded.trail_mac");
    bh_stmt_bind_int(stmt, 1, state->head);
    bh_stmt_bind_sha256(stmt, 2, &state->chain);
    bh_stmt_bind_int(stmt, 3, state->broken);
    bh_stmt_bind_int(stmt, 4, state->counted_through);
    bh_stmt_bind_sha256(stmt, 5, &mac);
    bh_stmt_bind_int(stmt, 6, state->trail);
    if (state->trail == 0)
        bh_stmt_bind_null(stmt, 7);
    else
        bh_stmt_bind_sha256(stmt, 7, &state->trail_mac);
    return bh_stmt_run(stmt);
}

enum bh_err bh_audit_state_create(struct bh_db *db, const struct bh_server_key *key)
{
    struct bh_sha256 mac_key = bh_audit_state_key(key);
    enum bh_err err = bh_audit_state_write(db, &mac_key, &(struct bh_audit_state){.head = 0});
    bh_wipe(&mac_key, sizeof(mac_key));
    return err;
}

/* ---- checkpoint -----------------------------------------------------------------------------------------
 */

struct bh_sha256 bh_audit_checkpoint_seed(const struct bh_server_key *key)
{
    return bh_server_key_derive(key, "audit-checkpoint");
}

static struct message checkpoint_message(const struct bh_audit_checkpoint *checkpoint)
{
    struct message message = {.len = 0};
    static const char purpose[] = "behalf audit checkpoint 1";
    add_bytes(&message, purpose, sizeof(purpose));
    add64(&message, checkpoint->through_id);
    add_bytes(&message, checkpoint->chain.bytes, BH_SHA256_SIZE);
    add64(&message, checkpoint->created_at);
    add64(&message, checkpoint->removed);
    return message;
}

bool bh_audit_checkpoint_is_valid(const struct bh_audit_checkpoint *checkpoint, const struct bh_sha256 *seed)
{
    struct message message = checkpoint_message(checkpoint);
    return bh_ed25519_is_signed(seed, message_span(&message), checkpoint->signature);
}

enum bh_err bh_audit_checkpoint_read(struct bh_db *db, struct bh_audit_checkpoint *ret_checkpoint)
{
    struct bh_audit_checkpoint checkpoint = {0};
    struct bh_stmt *stmt = bh_db_statement(
        db, "SELECT through_id, chain, created_at, removed, signature FROM audit_checkpoint WHERE id = 1");
    enum bh_err err = bh_stmt_step(stmt);
    if (err == BH_ERR_NOT_FOUND) {
        *ret_checkpoint = checkpoint;
        return BH_OK;
    }
    if (err != BH_OK)
        return err;
    checkpoint.through_id = bh_stmt_int(stmt, 0);
    checkpoint.created_at = bh_stmt_int(stmt, 2);
    checkpoint.removed = bh_stmt_int(stmt, 3);
    struct bh_span signature = bh_stmt_blob(stmt, 4);
    if (signature.len == sizeof(checkpoint.signature) && bh_stmt_sha256(stmt, 1, &checkpoint.chain))
        memcpy(checkpoint.signature, signature.data, signature.len);
    else
        err = BH_ERR_STORE_CORRUPT;
    bh_stmt_end(stmt);
    if (err == BH_OK)
        *ret_checkpoint = checkpoint;
    return err;
}

enum bh_err bh_audit_checkpoint_write(
    struct bh_db *db, const struct bh_sha256 *seed, struct bh_audit_checkpoint *checkpoint)
{
    struct message message = checkpoint_message(checkpoint);
    if (!bh_ed25519_sign(seed, message_span(&message), checkpoint->signature))
        return BH_ERR_INTERNAL;
    struct bh_stmt *stmt = bh_db_statement(db,
        "INSERT INTO audit_checkpoint (id, through_id, chain, created_at, removed, signature) "
        "VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET through_id = excluded.through_id, "
        "chain = excluded.chain, created_at = excluded.created_at, removed = excluded.removed, "
        "signature = excluded.signature");
    bh_stmt_bind_int(stmt, 1, checkpoint->through_id);
    bh_stmt_bind_sha256(stmt, 2, &checkpoint->chain);
    bh_stmt_bind_int(stmt, 3, checkpoint->created_at);
    bh_stmt_bind_int(stmt, 4, checkpoint->removed);
    bh_stmt_bind_blob(
        stmt, 5, (struct bh_span){(const char *)checkpoint->signature, sizeof(checkpoint->signature)});
    return bh_stmt_run(stmt);
}
