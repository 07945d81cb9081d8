/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fails now, besides logs that cannot be written and lines that the journal does not
 * take: an array of objects with "what" and "why". All of it was told, and will be when it is
 * over.
 */
#ifndef KPL011_FAILURES_H
#define KPL011_FAILURES_H

#include <jansson.h>

#include "daemon/recorders.h"

json_t *failures_json(const struct recorders *all);

#endif /* KPL011_FAILURES_H */
