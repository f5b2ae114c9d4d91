// SPDX-License-Identifier: Apache-2.0
/*
 * What every file may use without asking: attributes and the size of things.
 */
#ifndef BH_LIB_BASE_H
#define BH_LIB_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BH_MUST_USE __attribute__((warn_unused_result))
#define BH_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define BH_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Runs `fn` on the address of the variable when it leaves scope. */
#define BH_CLEANUP(fn) __attribute__((cleanup(fn)))

#endif
