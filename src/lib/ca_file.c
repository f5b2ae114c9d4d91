// SPDX-License-Identifier: Apache-2.0
#include "lib/ca_file.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

/* The same reading that OpenSSL does for libcurl. A list of revocations alone is read, too, but lets nobody
 * in. */
static bool has_certificate(X509_STORE *store)
{
    const STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_X509)
            return true;
    }
    return false;
}

bool bh_ca_file_is_usable(const char *path)
{
    X509_STORE *store = X509_STORE_new();
    bool usable = store != NULL && X509_STORE_load_file(store, path) == 1 && has_certificate(store);
    X509_STORE_free(store);
    ERR_clear_error();
    return usable;
}
