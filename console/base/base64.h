/* SPDX-License-Identifier: GPL-2.0-only */
/* RFC 4648, section 4. Pure. */
#ifndef KPL011_BASE64_H
#define KPL011_BASE64_H

#include <stddef.h>

/* Characters for so many bytes. */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4)

/* Room for BASE64_SIZE(@len) at @out, not terminated. Returns how many. */
size_t base64_encode(const void *bytes, size_t len, char *out);

#endif /* KPL011_BASE64_H */
