/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest of another host as a source. While the host is away, the history is what has
 * come before; when the host is back, reading continues at the same position.
 */
#ifndef KPL011_SOURCE_REMOTE_H
#define KPL011_SOURCE_REMOTE_H

#include "remote/remote.h"
#include "source/source.h"

/**
 * remote_source - open a guest's port on another host
 * @remote: the host; outlives the source
 * @id: the port's number there
 * @life: which life of it, as in the facts
 * @writable: to write, send breaks and reap, besides reading
 * @src: the source, to be closed with source_close()
 *
 * Return: 0 or a negative errno
 */
int remote_source(struct remote *remote, uint32_t id, uint64_t life, bool writable,
		  struct source **src);

#endif /* KPL011_SOURCE_REMOTE_H */
