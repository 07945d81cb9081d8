// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/qemu_args.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/*
 * Copies a value up to its comma, where two commas stand for one, and returns
 * what follows that comma. @dst may be NULL.
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
			/* A value without a key is the name if it comes first. */
			p = value(p, first ? name : NULL, size);
		}
	}
}

/* A walk over the arguments, each with its NUL. */
struct walk {
	const char *at;
	const char *end;
};

/* The next argument, or NULL. An argument without its NUL was cut off, and does not count. */
static const char *next_arg(struct walk *walk)
{
	const char *arg = walk->at;
	size_t n = strnlen(arg, (size_t)(walk->end - arg));

	if (arg + n == walk->end)
		return NULL;
	walk->at += n + 1;
	return arg;
}

/* Whether it is "-NAME" or "--NAME". */
static bool is_option(const char *arg, const char *name)
{
	if (*arg++ != '-')
		return false;
	return !strcmp(arg, name) || (*arg == '-' && !strcmp(arg + 1, name));
}

/* The value of the next option that is one of @names, a list that NULL ends. */
static const char *next_option(struct walk *walk, const char *const *names)
{
	const char *arg;

	while ((arg = next_arg(walk)))
		for (size_t i = 0; names[i]; i++)
			if (is_option(arg, names[i]))
				return next_arg(walk);
	return NULL;
}

bool qemu_args_has(const char *args, size_t len, const char *name)
{
	struct walk walk = { args, args + len };
	const char *arg;

	while ((arg = next_arg(&walk)))
		if (is_option(arg, name))
			return true;
	return false;
}

bool qemu_args_name(const char *args, size_t len, char *name, size_t size)
{
	static const char *const names[] = { "name", NULL };
	struct walk walk = { args, args + len };
	const char *option;

	name[0] = '\0';
	while ((option = next_option(&walk, names)))
		name_option(option, name, size);
	return name[0] != '\0';
}

bool qemu_args_uuid(const char *args, size_t len, char uuid[QEMU_ARGS_UUID_SIZE])
{
	static const char *const names[] = { "uuid", NULL };
	struct walk walk = { args, args + len };
	const char *option;

	uuid[0] = '\0';
	while ((option = next_option(&walk, names))) {
		size_t n = strspn(option, "0123456789abcdefABCDEF-");

		if (n != QEMU_ARGS_UUID_SIZE - 1 || option[n])
			continue;
		for (size_t i = 0; i <= n; i++)
			uuid[i] = (char)tolower((unsigned char)option[i]);
	}
	return uuid[0] != '\0';
}

/*
 * Finds the last value of @key in KEY=VALUE[,...]. If @first is not NULL, the first
 * element may be a value alone, that of the key @first. Any other word alone is
 * short for KEY=on.
 */
static bool get(const char *p, const char *first, const char *key, char *dst, size_t size)
{
	bool found = false;

	while (*p) {
		size_t len = strcspn(p, "=,");
		const char *name = p;
		bool wanted;

		if (p[len] != '=' && first) {
			name = first;
			len = strlen(first);
		} else if (p[len] == '=') {
			p += len + 1;
		} else {
			wanted = len == strlen(key) && !strncmp(p, key, len);
			p = value(p, NULL, 0);
			if (wanted)
				snprintf(dst, size, "on");
			found |= wanted;
			continue;
		}
		wanted = len == strlen(key) && !strncmp(name, key, len);
		p = value(p, wanted ? dst : NULL, size);
		found |= wanted;
		first = NULL;
	}
	return found;
}

static bool is_on(const char *p, const char *first, const char *key)
{
	char text[8];

	return get(p, first, key, text, sizeof(text)) &&
	       (!strcmp(text, "on") || !strcmp(text, "yes") || !strcmp(text, "true"));
}

/* Finds the path in the options of a socket, if QEMU listens there. */
static bool listens(const char *p, const char *first, char *path, size_t size)
{
	return get(p, first, "path", path, size) && *path && strlen(path) + 1 < size &&
	       is_on(p, first, "server") && !is_on(p, first, "abstract");
}

/* Bytes for an id with its NUL. An id that fills them may have been cut, and is not looked for. */
#define ID_SIZE 256

/* Finds the path of the chardev @id, if that is a socket at which QEMU listens. */
static bool find_chardev(const char *args, size_t len, const char *id, char *path, size_t size)
{
	static const char *const names[] = { "chardev", NULL };
	struct walk walk = { args, args + len };
	const char *option;
	char text[ID_SIZE];

	if (strlen(id) + 1 >= ID_SIZE)
		return false;
	while ((option = next_option(&walk, names)))
		if (get(option, "backend", "id", text, sizeof(text)) && !strcmp(text, id))
			return get(option, "backend", "backend", text, sizeof(text)) &&
			       !strcmp(text, "socket") && listens(option, "backend", path, size);
	return false;
}

bool qemu_args_qmp(const char *args, size_t len, size_t index, char *path, size_t size)
{
	static const char *const names[] = { "qmp", "qmp-pretty", "mon", NULL };
	struct walk walk = { args, args + len };
	const char *option;
	char text[ID_SIZE];

	for (int i = 0; i < QEMU_ARGS_QMP_MAX && (option = next_option(&walk, names)); i++) {
		bool found;

		if (!strncmp(option, "unix:", 5))
			found = listens(option + 5, "path", path, size);
		else
			found = get(option, "chardev", "mode", text, sizeof(text)) &&
				!strcmp(text, "control") &&
				get(option, "chardev", "chardev", text, sizeof(text)) &&
				find_chardev(args, len, text, path, size);
		if (found && !index--)
			return true;
	}
	return false;
}

bool qemu_args_serial(const char *args, size_t len, char *path, size_t size)
{
	static const char *const names[] = { "serial", NULL };
	struct walk walk = { args, args + len };
	const char *option = next_option(&walk, names);
	char text[ID_SIZE];

	if (!option)
		return false;
	if (!strncmp(option, "unix:", 5))
		return listens(option + 5, "path", path, size);
	if (!strncmp(option, "chardev:", 8)) {
		value(option + 8, text, sizeof(text));
		return find_chardev(args, len, text, path, size);
	}
	return get(option, NULL, "socket", path, size) && *path && strlen(path) + 1 < size;
}
