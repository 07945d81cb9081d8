/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What could come next on a command line, for the shells. All of it comes from
 * the commands' own usage and help.
 */
#ifndef KPL011_COMPLETE_H
#define KPL011_COMPLETE_H

#include <stddef.h>

#include "cmd/cmd.h"

/**
 * complete_print - print what the last word could become
 * @commands: all there are
 * @count: their number
 * @words: what was typed behind "kpl011"; the last one is begun, maybe empty
 * @n: their number
 *
 * A line for each, with a tab and what it is behind it; a line ":files" where it
 * could be a file. Guests are those of the hosts that are named in @words or by
 * KPL011_HOSTS, but for one that does not answer within KPL011_HOST_TIMEOUT, 3
 * seconds if not set; none are known where --ssh is in @words, since what it has
 * is not run before the line is.
 * Returns a status.
 */
int complete_print(const struct cmd *const *commands, size_t count, char *const *words, int n);

#endif /* KPL011_COMPLETE_H */
