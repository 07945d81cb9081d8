/* SPDX-License-Identifier: GPL-2.0-only */
/* All that the code under test tells its operator, a line each: link with --wrap=msg_error. */
#ifndef TOLD_ALL_H
#define TOLD_ALL_H

/* A test may set it back. */
extern char told_all[8192];

#endif /* TOLD_ALL_H */
