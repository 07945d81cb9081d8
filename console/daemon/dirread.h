/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the names in a directory a few at a time. readdir(3) asks for about five hundred at once;
 * for a directory that was not in memory, on a busy disk, that took 170 ms.
 */
#ifndef KPL011_DIRREAD_H
#define KPL011_DIRREAD_H

struct dirread;

/* Opens the directory @at again. NULL: errno says why it cannot be read. */
struct dirread *dirread_open(int at);
void dirread_close(struct dirread *dir);

/*
 * The next name, valid until the next call. NULL: that was the last, or the rest cannot be read.
 */
const char *dirread_next(struct dirread *dir);

/* After the last name: the errno of why the rest cannot be read, or 0. */
int dirread_error(const struct dirread *dir);

#endif /* KPL011_DIRREAD_H */
