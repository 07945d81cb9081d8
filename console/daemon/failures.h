/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fails now, other than logs that cannot be written and lines that the journal does not
 * take: an array of objects with "what" and "why". The daemon has printed each of these, and
 * prints when it is over.
 */
#ifndef KPL011_FAILURES_H
#define KPL011_FAILURES_H

#include <jansson.h>

#include "daemon/recorders.h"

json_t *failures_json(const struct recorders *all);

#endif /* KPL011_FAILURES_H */
