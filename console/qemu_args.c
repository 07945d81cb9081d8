// SPDX-License-Identifier: GPL-2.0-only
#include "qemu_args.h"

#include <string.h>

/*
 * Copies a value up to its comma, two commas being one, and returns what is
 * behind it. @dst may be NULL.
 */
static const char *value(const char *p, char *dst, size_t size)
{
	size_t at = 0;

	for (; *p; p++) {
		if (*p == ',' && *++p != ',')
			break;
		if (dst && at + 1 < size)
			dst[at++] = *p;
	}
	if (dst)
		dst[at] = '\0';
	return p;
}

/* One value of -name: [guest=]NAME[,KEY=VALUE...] */
static void name_option(const char *p, char *name, size_t size)
{
	bool first = true;

	for (; *p; first = false) {
		size_t key = strcspn(p, "=,");

		if (p[key] == '=') {
			bool guest = key == strlen("guest") && !strncmp(p, "guest", key);

			p = value(p + key + 1, guest ? name : NULL, size);
		} else {
			/* Without a key: the name if it is the first. */
			p = value(p, first ? name : NULL, size);
		}
	}
}

bool qemu_args_name(const char *args, size_t len, char *name, size_t size)
{
	const char *end = args + len;
	bool take = false;

	name[0] = '\0';
	while (args < end) {
		size_t n = strnlen(args, (size_t)(end - args));

		/* Without its NUL it was cut off: not to be trusted. */
		if (args + n == end)
			break;
		if (take) {
			name_option(args, name, size);
			take = false;
		} else {
			take = !strcmp(args, "-name") || !strcmp(args, "--name");
		}
		args += n + 1;
	}
	return name[0] != '\0';
}

static bool port_char(char c)
{
	return c >= 0x20 && c < 0x7f && c != '/';
}

void qemu_args_port_name(char *dst, size_t size, const char *src)
{
	size_t at;

	for (at = 0; src[at] && at + 1 < size; at++)
		dst[at] = port_char(src[at]) ? src[at] : '_';
	dst[at] = '\0';
}

bool qemu_args_port_name_ok(const char *name, size_t size)
{
	size_t at;

	for (at = 0; name[at]; at++)
		if (!port_char(name[at]) || at + 1 >= size)
			return false;
	return true;
}
