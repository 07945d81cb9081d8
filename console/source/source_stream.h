/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources whose VMM offers the guest's serial port itself: a socket that it listens
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
 * @origin: any kind but ORIGIN_PORT and ORIGIN_REMOTE; ORIGIN_FILE only if it is a pipe
 * @src: the source, to be closed with source_close()
 *
 * Most of these take one connection at a time. Over TCP the source is still
 * connecting when this returns.
 *
 * Return: 0, or an error for origin_why()
 */
int stream_open(const struct origin *origin, struct source **src);

#endif /* KPL011_SOURCE_STREAM_H */
