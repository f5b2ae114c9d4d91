// SPDX-License-Identifier: Apache-2.0
/*
 * Files of certificate authorities that an operator names.
 */
#ifndef BH_LIB_CA_FILE_H
#define BH_LIB_CA_FILE_H

#include "lib/base.h"

/* True when libcurl will be able to use it: it can be read, and holds at least one certificate in PEM. */
BH_MUST_USE
bool bh_ca_file_is_usable(const char *path);

#endif
