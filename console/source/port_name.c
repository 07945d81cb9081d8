// SPDX-License-Identifier: GPL-2.0-only
#include "source/port_name.h"

#include <string.h>

#include "base/human.h"

static bool port_char(char c)
{
	return c >= 0x20 && c < 0x7f && c != '/';
}

void port_name_make(char *dst, size_t size, const char *src)
{
	size_t at;

	for (at = 0; src[at] && at + 1 < size; at++)
		dst[at] = port_char(src[at]) ? src[at] : '_';
	dst[at] = '\0';
}

bool port_name_ok(const char *name, size_t size)
{
	size_t at;

	for (at = 0; name[at]; at++)
		if (!port_char(name[at]) || at + 1 >= size)
			return false;
	return true;
}

bool port_name_number(const char *name, uint32_t *id)
{
	uint64_t number;

	if (name[strspn(name, "0123456789")] || !human_parse(name, 0, UINT32_MAX, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}
