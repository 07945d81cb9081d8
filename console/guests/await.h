/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that is not there yet: a VM that was just started, a socket that nobody
 * listens at, a file that nobody has written.
 */
#ifndef KPL011_AWAIT_H
#define KPL011_AWAIT_H

#include "guests/pick.h"

/**
 * await_open - pick_open(), once there is something to open
 * @spec: what the operator wrote. A name means a guest that lives: the one before it that
 *	  had the name is not waited for
 * @what: as for pick_open()
 * @until: when to give up, of when_now()
 * @src: the source
 * @facts: what is known about it
 * @came: returned: it was not there at first
 *
 * Return: as pick_open(), or STATUS_TIMEOUT. Says why if it fails.
 */
enum status await_open(const char *spec, enum pick_for what, int64_t until, struct source **src,
		       struct source_facts *facts, bool *came);

#endif /* KPL011_AWAIT_H */
