// SPDX-License-Identifier: GPL-2.0-only
#include "source/origin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "qemu/qemu_args.h"

static const char *const kinds[] = {
	[ORIGIN_PORT] = "port", [ORIGIN_UNIX] = "unix",	    [ORIGIN_PTY] = "pty",
	[ORIGIN_FILE] = "file", [ORIGIN_REMOTE] = "remote",
};

const char *origin_kind_name(enum origin_kind kind)
{
	return kinds[kind];
}

/* Behind "unix:" and the like; NULL: there is none of these. */
static const char *kind_of(const char *text, enum origin_kind *kind)
{
	for (int i = ORIGIN_UNIX; i <= ORIGIN_FILE; i++) {
		size_t len = strlen(kinds[i]);

		if (!strncmp(text, kinds[i], len) && text[len] == ':') {
			*kind = (enum origin_kind)i;
			return text + len + 1;
		}
	}
	return NULL;
}

/* Behind "web1="; the text itself without one. */
static const char *behind_name(const char *text)
{
	size_t len = strcspn(text, "=:/");

	return text[len] == '=' ? text + len + 1 : text;
}

bool origin_looks(const char *text)
{
	enum origin_kind kind;

	return kind_of(behind_name(text), &kind);
}

/* "web1" of "/run/web1.sock", "pts/7" of "/dev/pts/7". */
static void name_of_path(struct origin *origin)
{
	static const char *const endings[] = { ".sock", ".socket", ".serial", ".log" };
	const char *base = strrchr(origin->path, '/');
	char name[ORIGIN_PATH_SIZE];

	base = base ? base + 1 : origin->path;
	if (origin->kind == ORIGIN_PTY)
		snprintf(name, sizeof(name), "pts-%.90s", base);
	else
		snprintf(name, sizeof(name), "%s", base);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t len = strlen(name);
		size_t end = strlen(endings[i]);

		if (len > end && !strcmp(name + len - end, endings[i]))
			name[len - end] = '\0';
	}
	qemu_args_port_name(origin->name, sizeof(origin->name), name);
}

bool origin_parse(const char *text, struct origin *origin, const char **why)
{
	const char *rest = behind_name(text);
	size_t name_len = rest == text ? 0 : (size_t)(rest - text - 1);
	const char *path;

	*origin = (struct origin){ 0 };
	path = kind_of(rest, &origin->kind);
	if (!path) {
		*why = "it begins with none of unix:, pty: and file:";
		return false;
	}
	if (!*path) {
		*why = "there is no path behind the colon";
		return false;
	}
	if (strlen(path) >= sizeof(origin->path)) {
		*why = "the path is longer than 107 bytes";
		return false;
	}
	strcpy(origin->path, path);
	if (rest == text) {
		name_of_path(origin);
		return true;
	}
	if (!name_len || name_len >= sizeof(origin->name)) {
		*why = "a name has 1 to 63 characters";
		return false;
	}
	memcpy(origin->name, text, name_len);
	if (!qemu_args_port_name_ok(origin->name, sizeof(origin->name))) {
		*why = "a name is printable ASCII without '/'";
		return false;
	}
	return true;
}

const char *origin_key(const struct origin *origin, char key[ORIGIN_KEY_SIZE])
{
	if (origin->kind == ORIGIN_PORT)
		snprintf(key, ORIGIN_KEY_SIZE, "port:%u", origin->port);
	else if (origin->kind == ORIGIN_REMOTE)
		snprintf(key, ORIGIN_KEY_SIZE, "remote:%u:%" PRIu64 ":%.63s", origin->port,
			 origin->life, origin->path);
	else
		snprintf(key, ORIGIN_KEY_SIZE, "%s:%s", kinds[origin->kind], origin->path);
	return key;
}
