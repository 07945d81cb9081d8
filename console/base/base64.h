/* SPDX-License-Identifier: GPL-2.0-only */
/* Base64 as in RFC 4648, section 4. Pure. */
#ifndef KPL011_BASE64_H
#define KPL011_BASE64_H

#include <stddef.h>

/* How many characters @len bytes become. */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4)

/* Writes BASE64_SIZE(@len) characters to @out, without a NUL, and returns their number. */
size_t base64_encode(const void *bytes, size_t len, char *out);

#endif /* KPL011_BASE64_H */
