/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known about a port, as JSON for other programs.
 */
#ifndef KPL011_FACTS_H
#define KPL011_FACTS_H

#include <jansson.h>

#include "source/source.h"

/* Returns a new object, in bytes and nanoseconds. NULL: out of memory. */
json_t *facts_to_json(const struct source_facts *facts);

#endif /* KPL011_FACTS_H */
