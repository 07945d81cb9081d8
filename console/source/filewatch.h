/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells when files are written to, by inotify. All programs of a user share a few instances of
 * inotify, 128 by default, so a loop has one here, however many files it watches.
 */
#ifndef KPL011_FILEWATCH_H
#define KPL011_FILEWATCH_H

#include "base/loop.h"

struct filewatch;

/**
 * filewatch_new - start to watch a file
 * @loop: the loop that calls @changed
 * @fd: the file. If it cannot be watched nothing is reported: the caller looks now and then, too
 * @changed: the file may have been written to; must not make or free a watch
 * @arg: for @changed
 *
 * Return: NULL without memory
 */
struct filewatch *filewatch_new(struct loop *loop, int fd, loop_cb *changed, void *arg);

/* Watches another file in place of the one before, which may be closed already. */
void filewatch_set(struct filewatch *watch, int fd);

/* Has to be called before the loop is freed. NULL is fine. */
void filewatch_free(struct filewatch *watch);

#endif /* KPL011_FILEWATCH_H */
