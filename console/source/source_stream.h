/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests whose VMM gives their serial port out itself: a socket that it listens
 * on, a TCP port, a terminal, named pipes. Their history is kept here, from the
 * connection on.
 */
#ifndef KPL011_SOURCE_STREAM_H
#define KPL011_SOURCE_STREAM_H

#include "source/origin.h"
#include "source/source.h"

/* Bytes of history. */
#define STREAM_HISTORY 65536

/**
 * stream_open - connect
 * @origin: any kind but those that have ports, and ORIGIN_FILE that is no pipe
 * @src: the source, to be closed with source_close()
 *
 * One at a time can be connected to most of these. Over TCP it is still connecting
 * when this returns.
 *
 * Return: 0 or an errno of origin_why()
 */
int stream_open(const struct origin *origin, struct source **src);

#endif /* KPL011_SOURCE_STREAM_H */
