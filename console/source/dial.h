/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a TCP connection without blocking: looks up the host's name and tries its
 * addresses one after another. getaddrinfo() may block for long, so a child process
 * calls it, for 20 seconds at most.
 */
#ifndef KPL011_DIAL_H
#define KPL011_DIAL_H

#include <stdbool.h>

struct dial;

/* The error EAI_X of getaddrinfo(), which is negative, is returned as EAI_X - DIAL_NAME_ERRNO. */
#define DIAL_NAME_ERRNO 5000

/* Starts. @host: a name, or an address without brackets. NULL: no memory, or no descriptors. */
struct dial *dial_new(const char *host, const char *port);

/* Is readable when dial_step() has something to do. */
int dial_fd(const struct dial *dial);

/*
 * Continues. Returns the connected descriptor, which the caller owns; -EINPROGRESS; or
 * the negative errno of an address if all have failed.
 */
int dial_step(struct dial *dial);

/* Whether a name had to be looked up, which costs a process each time. */
bool dial_looks_up(const struct dial *dial);

void dial_free(struct dial *dial);

#endif /* KPL011_DIAL_H */
