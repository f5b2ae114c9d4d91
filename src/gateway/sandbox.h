// SPDX-License-Identifier: Apache-2.0
/*
 * Giving up all that a process does not need to turn bytes that it has been given into other bytes: no file,
 * socket, process or thread can be made after this, and a try ends the process. What is left can wait for
 * nothing but descriptors 0 and 1, so closing their other end ends it. Sanitizers need a few calls more, and
 * address space without a limit.
 */
#ifndef BH_GATEWAY_SANDBOX_H
#define BH_GATEWAY_SANDBOX_H

#include "lib/base.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BH_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define BH_IS_SANITIZED 1
#endif
#endif
#ifndef BH_IS_SANITIZED
#define BH_IS_SANITIZED 0
#endif

/*
 * Afterwards this thread can read descriptor 0, write descriptor 1, get memory (`memory` bytes more than now)
 * and end; its process has `cpu_s` seconds of processor time. There is no way back. False when the system
 * does not do one of these: then the process must end.
 */
BH_MUST_USE
bool bh_sandbox_enter(size_t memory, unsigned cpu_s);

#endif
