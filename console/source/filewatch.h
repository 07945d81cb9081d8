/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hears of what is written to files. A user has few instances of inotify, 128 unless set
 * otherwise, and all programs share them: a loop has one here, however many files there are.
 */
#ifndef KPL011_FILEWATCH_H
#define KPL011_FILEWATCH_H

#include "base/loop.h"

struct filewatch;

/**
 * filewatch_new - begin to watch a file
 * @loop: the loop that hears of it
 * @fd: the file. Where it cannot be watched nothing is told: who waits looks now and then
 * @changed: it may have been written to; makes no watch and frees none
 * @arg: for @changed
 *
 * Return: NULL without memory
 */
struct filewatch *filewatch_new(struct loop *loop, int fd, loop_cb *changed, void *arg);

/* Another file is watched in place of the one before, which may be closed already. */
void filewatch_set(struct filewatch *watch, int fd);

/* Before the loop is freed. NULL is fine. */
void filewatch_free(struct filewatch *watch);

#endif /* KPL011_FILEWATCH_H */
