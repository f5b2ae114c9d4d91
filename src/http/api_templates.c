// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "core/template.h"
#include "http/reply.h"

void bh_api_templates(struct bh_app *app, struct bh_exchange *exchange)
{
    (void)app;
    bh_buf_add(bh_reply_json(exchange, 200), bh_template_document);
    bh_reply_cache(exchange, "public, max-age=300");
}
