// SPDX-License-Identifier: Apache-2.0
/*
 * Libraries that are loaded at their first use, because to load them takes longer than most commands take.
 * A file of forwarding functions stands in for such a library when the program is linked:
 *
 *     #define FUNCTIONS(X) X(xmlFreeDoc) X(xmlStrEqual)
 *     BH_LATE(BH_XML_LIBRARY, FUNCTIONS)
 *     void xmlFreeDoc(xmlDocPtr doc) { if (load()) late.xmlFreeDoc(doc); }
 *
 * load() is false when the library, or one of the functions, is not there; the first function that a caller
 * needs must be able to say so.
 */
#ifndef BH_LIB_LATE_H
#define BH_LIB_LATE_H

#include <dlfcn.h>
#include <pthread.h>

#include "lib/base.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): names of members cannot stand in parentheses */
#define BH_LATE_MEMBER(name) __typeof__(&name) name;
#define BH_LATE_FIND(name)                                                                                   \
    late.name = (__typeof__(&name))dlsym(library, #name);                                                    \
    found = found && late.name != NULL;
/* NOLINTEND(bugprone-macro-parentheses) */

#define BH_LATE(library_name, functions)                                                                     \
    static struct {                                                                                          \
        functions(BH_LATE_MEMBER) bool usable;                                                               \
    } late;                                                                                                  \
    static void load_once(void)                                                                              \
    {                                                                                                        \
        void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);                                         \
        bool found = library != NULL;                                                                        \
        if (found) {                                                                                         \
            functions(BH_LATE_FIND)                                                                          \
        }                                                                                                    \
        late.usable = found;                                                                                 \
    }                                                                                                        \
    static bool load(void)                                                                                   \
    {                                                                                                        \
        static pthread_once_t once = PTHREAD_ONCE_INIT;                                                      \
        pthread_once(&once, load_once);                                                                      \
        return late.usable;                                                                                  \
    }

#endif
