/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Completion of command lines, for the scripts in completion/. Everything offered comes from the
 * commands' own usage and help, and from the guests that there are.
 */
#ifndef KPL011_COMPLETE_H
#define KPL011_COMPLETE_H

#include <stddef.h>

#include "cmd/cmd.h"

/**
 * complete_print - print what the last word could become
 * @commands: all commands
 * @count: their number
 * @words: what was typed after "kpl011"; the last word is incomplete, perhaps empty
 * @n: their number
 *
 * Prints a line for each possible word: the word, a tab, and what it is; and a line ":files" if
 * it could be the name of a file. The guests are those of the hosts in @words or KPL011_HOSTS,
 * except hosts that do not answer within KPL011_HOST_TIMEOUT, by default 3 seconds. With --ssh in
 * @words no guests are offered: its command must not run before the line does.
 *
 * Return: a status
 */
int complete_print(const struct cmd *const *commands, size_t count, char *const *words, int n);

#endif /* KPL011_COMPLETE_H */
