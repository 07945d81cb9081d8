/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what an operator writes for a source to the source.
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
 * It may be connecting: see source.h.
 *
 * Return: 0 or an errno of origin_why()
 */
int origin_open(const struct origin *origin, struct source **src);

/* The same, and waits for the connection. */
int origin_open_wait(const struct origin *origin, struct source **src);

/* No longer than until then, a time of CLOCK_BOOTTIME in nanoseconds: -ETIMEDOUT. */
int origin_open_until(const struct origin *origin, struct source **src, int64_t until);

#endif /* KPL011_ORIGIN_OPEN_H */
