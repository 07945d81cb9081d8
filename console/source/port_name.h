/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a port may be called, which is printable ASCII without '/', and whose number a file in
 * the directory of ports has. Pure.
 */
#ifndef KPL011_PORT_NAME_H
#define KPL011_PORT_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* The number of the port whose node is called @name. False: no port's node is. */
bool port_name_number(const char *name, uint32_t *id);

#endif /* KPL011_PORT_NAME_H */
