// SPDX-License-Identifier: Apache-2.0
/*
 * The description of the HTTP API for programs. The file is docs/openapi.json; it is compiled in, with the
 * dashboard or without.
 */
#ifndef BH_HTTP_OPENAPI_H
#define BH_HTTP_OPENAPI_H

#include "lib/span.h"

/* The document, as JSON without white space. Lives as long as the program. */
extern const struct bh_span bh_openapi_document;
extern const struct bh_span bh_openapi_document_packed; /* gzip */
extern const char bh_openapi_document_etag[];           /* without quotes */

#endif
