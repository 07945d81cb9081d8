/* SPDX-License-Identifier: GPL-2.0-only */
/* What the code under test tells its operator: told.c is in the place of msg.c. */
#ifndef TOLD_H
#define TOLD_H

/* The last of it, and how many there were. A test may set both back. */
extern char told[512];
extern int told_count;

#endif /* TOLD_H */
