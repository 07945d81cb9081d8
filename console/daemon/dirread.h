/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names in a directory, a few at a time: readdir(3) asks for some five hundred at once, and
 * on a disk that is busy that took 170 ms of a directory that was not in memory.
 */
#ifndef KPL011_DIRREAD_H
#define KPL011_DIRREAD_H

struct dirread;

/* Of the directory that @at is. NULL: it cannot be read, errno says why. */
struct dirread *dirread_open(int at);
void dirread_close(struct dirread *dir);

/* The next one, until the one behind; NULL: that was the last, or the rest cannot be read. */
const char *dirread_next(struct dirread *dir);

/* Behind the last: why the rest cannot be read, an errno; 0: there is none. */
int dirread_error(const struct dirread *dir);

#endif /* KPL011_DIRREAD_H */
