/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process beside the daemon's, for what waits for a disk: guests do not.
 */
#ifndef KPL011_ASIDE_H
#define KPL011_ASIDE_H

#include <sys/types.h>

/* How it is told that it was killed, in place of an errno; it exits so itself where it is late. */
#define ASIDE_KILLED EINTR

/*
 * In the new process: it ends with the @parent, hears signals as any other, and keeps none of
 * the descriptors open that the daemon has of guests; but for @a and @b, and the standard ones.
 */
void aside_begin(pid_t parent, int a, int b);

/* What waitpid(2) has told: the number that it has exited with, or ASIDE_KILLED. */
int aside_result(int status);

#endif /* KPL011_ASIDE_H */
