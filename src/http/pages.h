// SPDX-License-Identifier: Apache-2.0
/*
 * The pages for people: files out of the binary, and one document for every address that the pages know.
 */
#ifndef BH_HTTP_PAGES_H
#define BH_HTTP_PAGES_H

#include "http/server.h"

struct bh_asset;

/* For what is no route: answers with a file or a page. False, and nothing is answered, when there is neither.
 */
bool bh_pages_answer(struct bh_exchange *exchange);
/* For what is neither: to a browser, unless it asks the API, the document with 404, which says so. */
bool bh_pages_answer_unknown(struct bh_exchange *exchange);
/* With a file: compressed to whoever takes that, without its content to whoever has it. What it points to
 * lives as long as the program; so does `keep`, its Cache-Control. */
void bh_pages_answer_file(struct bh_exchange *exchange, const struct bh_asset *asset, const char *keep);

#endif
