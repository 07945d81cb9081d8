/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits for a guest that does not exist yet: a VM that was just started, a socket
 * at which nobody listens, a file that nobody has written.
 */
#ifndef KPL011_AWAIT_H
#define KPL011_AWAIT_H

#include "guests/pick.h"

/**
 * await_open - wait until there is something to open, then do what pick_open() does
 * @spec: what the operator wrote. A name means a live guest: an earlier guest of that
 *	  name, which is dead, does not end the wait
 * @what: as for pick_open()
 * @until: when to give up, on the clock of when_now()
 * @src: set to the source, which the caller closes
 * @facts: filled with what is known about it
 * @came: set to whether it did not exist at first
 *
 * Return: as pick_open(), or STATUS_TIMEOUT. Prints the error if it fails.
 */
enum status await_open(const char *spec, enum pick_for what, int64_t until, struct source **src,
		       struct source_facts *facts, bool *came);

#endif /* KPL011_AWAIT_H */
