/* SPDX-License-Identifier: GPL-2.0-only */
/* A child process for work that waits for the disk, so that guests do not have to. */
#ifndef KPL011_ASIDE_H
#define KPL011_ASIDE_H

#include <sys/types.h>

/*
 * Stands for a killed process in place of an errno; the child itself exits with it if the daemon
 * has ended before it began.
 */
#define ASIDE_KILLED EINTR

/*
 * To be called in the new process. It makes the process end with the @parent, resets all signals
 * but SIGXFSZ to their default actions, and closes all descriptors but @a, @b and the standard
 * ones.
 */
void aside_begin(pid_t parent, int a, int b);

/* Translates a status of waitpid(2): the exit status, or ASIDE_KILLED. */
int aside_result(int status);

#endif /* KPL011_ASIDE_H */
