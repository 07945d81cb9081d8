/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opens the source that an origin names, whichever kind it is.
 */
#ifndef KPL011_ORIGIN_OPEN_H
#define KPL011_ORIGIN_OPEN_H

#include "source/origin.h"
#include "source/source.h"

/**
 * origin_open - open a source that an operator named
 * @origin: what origin_parse() gave
 * @src: the source, to be closed with source_close()
 *
 * The source may still be connecting: see source.h.
 *
 * Return: 0, or an error for origin_why()
 */
int origin_open(const struct origin *origin, struct source **src);

/* The same, but waits for the connection. */
int origin_open_wait(const struct origin *origin, struct source **src);

/* Waits no longer than @until, in nanoseconds of CLOCK_BOOTTIME: then -ETIMEDOUT. */
int origin_open_until(const struct origin *origin, struct source **src, int64_t until);

#endif /* KPL011_ORIGIN_OPEN_H */
