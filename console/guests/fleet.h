/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All guests that the screen knows: the kernel's ports, as they appear, those of
 * other hosts, and those whose socket, terminal or file was named. A guest stays
 * until the program ends, unless the operator reaps it. If no window shows it, it is also
 * forgotten when
 *   - its port was reaped by somebody else, or by the module;
 *   - its host has it no more, and there are too many guests of that host;
 *   - its socket was found among the processes, and was never connected, and no process
 *     names it any more; or its VM is gone, and there are too many of that user.
 *
 * Guests are read in turns, which leave time for the operator who types (turns.h).
 */
#ifndef KPL011_FLEET_H
#define KPL011_FLEET_H

#include "guests/guest.h"
#include "remote/roster.h"

struct remote;

/* Guests of another host, at most: as many as it can report, and as many that it had before. */
#define FLEET_HOST_MAX (2 * ROSTER_MAX)

/* Guests of other hosts whose newest output stays here when no window shows them any more. */
#define FLEET_KEPT_MAX 64

/* Guests that are found of one user, at most: as many as the ports that a user may have. */
#define FLEET_USER_MAX 1024

struct fleet_ops {
	/* Something that is shown has changed: of @guest, or of the list if that is NULL. */
	void (*changed)(struct guest *guest, void *arg);
	/* Searches new bytes of a guest for alerts. */
	void (*scan)(struct guest *guest, const unsigned char *bytes, size_t len, void *arg);
	/* Called once a second. */
	void (*tick)(void *arg);
	/* @guest is about to be freed. */
	void (*forgotten)(struct guest *guest, void *arg);
};

/* NULL: out of memory. @ports: whether to look for the kernel's ports. */
struct fleet *fleet_new(struct loop *loop, bool ports, const struct fleet_ops *ops, void *arg);
void fleet_free(struct fleet *fleet);

/* Adds a guest, or returns the one that is known already. NULL: out of memory. */
struct guest *fleet_add(struct fleet *fleet, const struct origin *origin);

/* From now on looks, every few seconds, for the serial sockets of VMMs that run. */
void fleet_find_vmms(struct fleet *fleet);

/* To be called when a host, or what it reports about its guests, has changed. */
void fleet_host_changed(struct fleet *fleet, const struct remote *remote);

/* Looks now for new ports and for guests that came back; the fleet does so every second. */
void fleet_look_around(struct fleet *fleet);

size_t fleet_count(const struct fleet *fleet);
struct guest *fleet_at(const struct fleet *fleet, size_t index);

/*
 * The guest with this key of guest_key(). Failing that, a port or a guest of another host with
 * the same name and user: a live one before others, and of those the one with the highest
 * number. NULL: none.
 */
struct guest *fleet_find_again(const struct fleet *fleet, const char *key);

/* Reaps and forgets a guest. 0; -EBUSY: it is live; or another negative errno. */
int fleet_reap(struct fleet *fleet, struct guest *guest);

/*
 * How many ports belong to other users; and why the directory of ports cannot be read, or not to
 * its end, an errno or 0.
 */
size_t fleet_hidden(const struct fleet *fleet);
int fleet_ports_error(const struct fleet *fleet);

/* How many processes may have serial sockets that this user has no permission to look for. */
size_t fleet_denied(const struct fleet *fleet);

#endif /* KPL011_FLEET_H */
