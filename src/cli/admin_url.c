// SPDX-License-Identifier: Apache-2.0
#include "cli/admin_url.h"

#include "client/client.h"

enum bh_err bh_admin_public_url(struct bh_admin_session *session, const char *given, const char **ret_url)
{
    struct bh_span url = bh_span_from(given != NULL ? given : bh_client_environment("BEHALFID_PUBLIC_URL"));
    enum bh_err err = BH_OK;
    if (url.len == 0)
        err = bh_public_url_read(bh_store_writer(session->store), &session->arena, &url);
    if (err != BH_OK)
        return err;
    if (url.len == 0)
        url = BH_SPAN(BH_DEFAULT_BASE_URL);
    while (url.len > 0 && url.data[url.len - 1] == '/')
        url.len--;
    struct bh_span copy; /* ends in NUL */
    if (!bh_arena_copy(&session->arena, url, &copy))
        return BH_ERR_NO_MEMORY;
    *ret_url = copy.data;
    return BH_OK;
}
