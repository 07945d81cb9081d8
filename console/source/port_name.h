/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The name of a port: printable ASCII without '/'. Pure.
 */
#ifndef KPL011_PORT_NAME_H
#define KPL011_PORT_NAME_H

#include <stdbool.h>
#include <stddef.h>

/**
 * port_name_make - make a name that a port may have
 * @dst: set to the name
 * @size: bytes at @dst
 * @src: any string
 *
 * Bytes that a name cannot have become '_', and what does not fit is cut off.
 */
void port_name_make(char *dst, size_t size, const char *src);

/* Whether a port may have this name unchanged; it takes at most @size bytes with its NUL. */
bool port_name_ok(const char *name, size_t size);

#endif /* KPL011_PORT_NAME_H */
