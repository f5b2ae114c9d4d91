// SPDX-License-Identifier: Apache-2.0
/*
 * Giving up all that a process does not need to turn bytes that it has been given into other bytes: no file,
 * socket, process or thread can be made after this, and a try ends the process. Sanitizers need a few calls
 * more, which cannot do any of this either, and address space without a limit.
 */
#ifndef BH_GATEWAY_SANDBOX_H
#define BH_GATEWAY_SANDBOX_H

#include "lib/base.h"

/*
 * Afterwards this thread can read descriptor 0, write descriptor 1, get memory (`memory` bytes more than now)
 * and end; its process has `cpu_s` seconds of processor time. There is no way back. False when the system
 * does not do one of these: then the process must end.
 */
BH_MUST_USE
bool bh_sandbox_enter(size_t memory, unsigned cpu_s);

#endif
