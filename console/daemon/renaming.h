/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logs that were written before a guest's owner was part of their names are given the
 * names that they would have now.
 */
#ifndef KPL011_RENAMING_H
#define KPL011_RENAMING_H

#include <sys/types.h>

#include "daemon/logdir.h"

/**
 * renaming_logs - rename what is called otherwise now
 * @dir: the directory, open
 * @boot: this boot
 * @plain: whose guests' logs have no owner in their names
 *
 * Before the directory is looked through, and before a port is logged. Says what it renames,
 * and goes on where it was when it was killed. Whose the logs are it knows from the ports
 * that there are: those of others stay as they are called.
 */
void renaming_logs(const struct logdir *dir, const char *boot, uid_t plain);

#endif /* KPL011_RENAMING_H */
