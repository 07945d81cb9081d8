/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TCP connection on its way: its name is looked up and its addresses are tried,
 * one after another, and nothing here waits. A name is looked up by a process of
 * its own, as the system is set up to do it, which may take as long as it likes.
 */
#ifndef KPL011_DIAL_H
#define KPL011_DIAL_H

#include <stdbool.h>

struct dial;

/* An errno of it, from here on: getaddrinfo() said this much less. */
#define DIAL_NAME_ERRNO 5000

/* NULL: no memory, or no descriptors. @host: a name, or an address without brackets. */
struct dial *dial_new(const char *host, const char *port);

/* Is readable when dial_step() has something to do. */
int dial_fd(const struct dial *dial);

/*
 * Goes on. The connected descriptor, which is the caller's; -EINPROGRESS; or a
 * negative errno, of the last address that was tried.
 */
int dial_step(struct dial *dial);

/* Whether a name had to be looked up, which costs a process each time. */
bool dial_looks_up(const struct dial *dial);

void dial_free(struct dial *dial);

#endif /* KPL011_DIAL_H */
