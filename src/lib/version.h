// SPDX-License-Identifier: Apache-2.0
/*
 * What this program calls itself. The build sets both texts; the defaults serve a compiler call by hand.
 */
#ifndef BH_LIB_VERSION_H
#define BH_LIB_VERSION_H

#ifndef BH_VERSION
#define BH_VERSION "0.1.0"
#endif

#ifndef BH_BUILD_TYPE
#ifdef NDEBUG
#define BH_BUILD_TYPE "release"
#else
#define BH_BUILD_TYPE "debug"
#endif
#endif

#endif
