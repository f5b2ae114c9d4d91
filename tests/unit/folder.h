// SPDX-License-Identifier: Apache-2.0
/* A folder for one test. */
#ifndef BH_TESTS_UNIT_FOLDER_H
#define BH_TESTS_UNIT_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Makes a folder of a new name where temporary files belong, for nobody else to enter. */
static inline void make_folder(char *ret_path, size_t size)
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(ret_path, size, "%s/behalf-test-XXXXXX", parent != NULL ? parent : "/tmp");
    assert_in_range(length, 1, size - 1);
    assert_non_null(mkdtemp(ret_path));
}

#endif
