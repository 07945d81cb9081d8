/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known about a port, for programs.
 */
#ifndef KPL011_FACTS_H
#define KPL011_FACTS_H

#include <jansson.h>

#include "source/source.h"

/* An object, in plain units: bytes, nanoseconds. NULL: out of memory. */
json_t *facts_to_json(const struct source_facts *facts);

#endif /* KPL011_FACTS_H */
