// SPDX-License-Identifier: Apache-2.0
/*
 * One line per event on stderr: for people on a terminal, JSON otherwise. Every value passes the redactor.
 *
 *     bh_log(BH_LOG_INFO, "listening", "address", "127.0.0.1:8420", NULL);
 */
#ifndef BH_LIB_LOG_H
#define BH_LIB_LOG_H

#include "lib/buf.h"

enum bh_log_level { BH_LOG_DEBUG, BH_LOG_INFO, BH_LOG_WARN, BH_LOG_ERROR };
enum bh_log_format { BH_LOG_AUTO, BH_LOG_HUMAN, BH_LOG_JSON };

/* Appends the text to the buffer with every secret replaced. */
typedef void bh_log_redactor(struct bh_span text, struct bh_buf *out);

/*
 * Lines below `lowest` are dropped. BH_LOG_AUTO asks whether stderr is a terminal. Every program sets this up
 * before its first line: without a redactor nothing is written.
 */
void bh_log_setup(enum bh_log_level lowest, enum bh_log_format format, bh_log_redactor *redactor);
/* `message` is a short constant; then pairs of name and text, ended by NULL. */
void bh_log(enum bh_log_level level, const char *message, ...) __attribute__((sentinel));

#endif
