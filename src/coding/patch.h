// SPDX-License-Identifier: Apache-2.0
/*
 * The files that a patch in Codex's own format ("*** Begin Patch") adds, changes, deletes or renames. Pure.
 * In doubt it finds a file too many, never one too few.
 */
#ifndef BH_CODING_PATCH_H
#define BH_CODING_PATCH_H

#include <jansson.h>

#include "lib/span.h"

#define BH_PATCH_FILES_MAX 32

/*
 * Appends each path once to the array `ret_files`. NULL, or what is wrong with the patch: a sentence; the
 * array may then hold some.
 */
BH_MUST_USE
const char *bh_patch_read(struct bh_span patch, json_t *ret_files);

#endif
