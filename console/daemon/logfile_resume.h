/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How logfile_open() goes on with a log that its ledger knows. Private to logfile.c, which finds
 * the same changes by other programs later on.
 */
#ifndef KPL011_LOGFILE_RESUME_H
#define KPL011_LOGFILE_RESUME_H

#include "daemon/logfile.h"

/* To open a log with, which may be anything by now. */
#define LOGFILE_FLAGS (O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

/* Reports what other programs did to the log, if anything; @file->at is its end now. */
void logfile_say_verdict(const struct logfile *file, enum ledger_verdict verdict);

#endif /* KPL011_LOGFILE_RESUME_H */
