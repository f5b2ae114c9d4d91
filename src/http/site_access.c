// SPDX-License-Identifier: Apache-2.0
#include "http/site_access.h"

enum bh_err bh_site_access_change(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_site_ref *ret_ref)
{
    struct bh_principal principal;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        *ret_ref = (struct bh_site_ref){app, principal.authority, exchange->params[0]};
    return err;
}

enum bh_err bh_site_access_read(struct bh_app *app, struct bh_exchange *exchange, struct bh_reader *reader,
    struct bh_site_record *ret_site)
{
    struct bh_principal principal;
    enum bh_err err = bh_reader_open(app->store, reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader->db, &principal);
    if (err != BH_OK)
        return err;
    return bh_site_find(reader->db, principal.account, exchange->params[0], &exchange->arena, ret_site);
}

enum bh_err bh_site_access_reload(struct bh_exchange *exchange, const struct bh_site_ref *ref,
    struct bh_reader *reader, struct bh_site_record *ret_site)
{
    enum bh_err err = bh_reader_open(ref->app->store, reader);
    if (err != BH_OK)
        return err;
    return bh_site_find(reader->db, ref->authority.account, ref->site_id, &exchange->arena, ret_site);
}
