// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "http/assets.h"
#include "http/openapi.h"
#include "http/pages.h"

/* Sent from where it lies: it is too long to be copied for each reader, and to be sent again to whoever has
 * it.
 */
void bh_api_openapi(struct bh_app *app, struct bh_exchange *exchange)
{
    (void)app;
    const struct bh_asset document = {.path = "/openapi.json",
        .content_type = "application/json; charset=utf-8",
        .etag = bh_openapi_document_etag,
        .plain = bh_openapi_document,
        .packed = bh_openapi_document_packed};
    bh_pages_answer_file(exchange, &document, "public, max-age=300");
}
