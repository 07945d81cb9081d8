/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON from a file that may be another user's, and JSON that a terminal may get. */
#ifndef KPL011_JSON_IO_H
#define KPL011_JSON_IO_H

#include <jansson.h>
#include <stdio.h>

/*
 * Reads all of a file, which is JSON, and no more than @max bytes of it even if it grows meanwhile.
 * NULL: see errno; EFBIG: there are more; EBADMSG: it is not JSON.
 */
json_t *json_read(FILE *file, size_t max);

/* Flags of json_dumps() and json_dumpf() for what is written to @fd. */
size_t json_flags_for(int fd);

#endif /* KPL011_JSON_IO_H */
