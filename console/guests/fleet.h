/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests that are known: the kernel's ports, as they come, and those whose
 * socket, terminal or file was named. None is forgotten while the program
 * runs, unless it is reaped.
 *
 * Guests take turns, and together leave time for the operator who types (turns.h).
 */
#ifndef KPL011_FLEET_H
#define KPL011_FLEET_H

#include "guests/guest.h"

struct remote;

struct fleet_ops {
	/* Something to show changed: of @guest, or if NULL of the list. */
	void (*changed)(struct guest *guest, void *arg);
	/* New bytes of any guest, to be searched for alerts; or NULL. */
	void (*scan)(struct guest *guest, const unsigned char *bytes, size_t len, void *arg);
	/* A second went by. */
	void (*tick)(void *arg);
	/* @guest is about to be freed. */
	void (*forgotten)(struct guest *guest, void *arg);
};

/* NULL: no memory. @ports: look for the kernel's ports. */
struct fleet *fleet_new(struct loop *loop, bool ports, const struct fleet_ops *ops, void *arg);
void fleet_free(struct fleet *fleet);

/* Adds a guest, unless it is known. NULL: no memory. */
struct guest *fleet_add(struct fleet *fleet, const struct origin *origin);

/* From now on also the sockets of VMMs that run; looked for every few seconds. */
void fleet_find_vmms(struct fleet *fleet);

/* A host has news: of itself, or of its guests. */
void fleet_host_changed(struct fleet *fleet, const struct remote *remote);

/* Looks for ports and guests that came back; once a second this is done anyway. */
void fleet_look_around(struct fleet *fleet);

size_t fleet_count(const struct fleet *fleet);
struct guest *fleet_at(const struct fleet *fleet, size_t index);

/* The one with this key of origin.h, or NULL. */
struct guest *fleet_find(const struct fleet *fleet, const char *key);

/*
 * The one with this key of guest_key(), else of its port's name and user: one that lives
 * before one that does not, and the newest of them. NULL: none.
 */
struct guest *fleet_find_again(const struct fleet *fleet, const char *key);

/* Forgets a guest that is gone. 0, -EBUSY: it is not, or another errno. */
int fleet_reap(struct fleet *fleet, struct guest *guest);

/* Ports of other users; and why there are no ports at all, an errno, or 0. */
size_t fleet_hidden(const struct fleet *fleet);
int fleet_ports_error(const struct fleet *fleet);

/* For guest.c. */
struct loop *fleet_loop(const struct fleet *fleet);
void fleet_changed(struct fleet *fleet, struct guest *guest);
bool fleet_scans(const struct fleet *fleet);
void fleet_scan(struct fleet *fleet, struct guest *guest, const unsigned char *bytes, size_t len);
/* False: not now; the guest is woken when it may. Who was typed at just now always may. */
bool fleet_turn_begin(struct fleet *fleet, struct guest *guest);
/* The operator types at a guest. */
void fleet_typed(struct guest *guest);
void fleet_turn_end(struct fleet *fleet);

#endif /* KPL011_FLEET_H */
