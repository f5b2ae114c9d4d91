// SPDX-License-Identifier: Apache-2.0
/*
 * Starting a coding agent that can do nothing past its permissions: the set-up is written and proved first,
 * and without the proof nothing is started.
 */
#ifndef BH_CLI_LAUNCH_H
#define BH_CLI_LAUNCH_H

#include "coding/host.h"

/*
 * argv[0] is the name of the command. Our own options end at the first argument that is none of them, or at
 * `--`; what follows is the agent's, untouched. Returns only when nothing was started, with the exit status;
 * else the agent takes the place of this process.
 */
BH_MUST_USE
int bh_launch(const struct bh_host *host, int argc, char **argv);

#endif
