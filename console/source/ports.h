/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ports of this machine, as their directory lists them.
 */
#ifndef KPL011_PORTS_H
#define KPL011_PORTS_H

#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct ports {
	struct source_facts *all; /* by id */
	size_t count;
	size_t hidden; /* ports of other users, which are not in @all */
};

/**
 * ports_each - look into the directory of ports
 * @fn: called with each number there, in order, as it was listed before the first call. If it
 *	returns anything but 0 that is the last call
 * @arg: for @fn
 *
 * If the directory cannot be read to its end, @fn gets what was read until then.
 *
 * Return: 0; what @fn returned; or a negative errno of reading the directory
 */
int ports_each(int (*fn)(uint32_t id, void *arg), void *arg);

/**
 * ports_look - read the facts of every port
 * @ports: filled, and to be given to ports_free(); empty if this fails
 * @unread: optional: called for a port that is there and cannot be read, with a negative errno
 * @arg: for @unread
 *
 * Return: 0, or a negative errno of reading the directory
 */
int ports_look(struct ports *ports, void (*unread)(uint32_t id, int err, void *arg), void *arg);

void ports_free(struct ports *ports);

#endif /* KPL011_PORTS_H */
