// SPDX-License-Identifier: GPL-2.0-only
#include "source/origin.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "source/dial.h"
#include "source/port_name.h"

/* Bytes of an abstract socket's name, without the '@'. */
#define ABSTRACT_MAX 107

static const char *const kinds[] = {
	[ORIGIN_PORT] = "port",	    [ORIGIN_UNIX] = "unix",	[ORIGIN_TCP] = "tcp",
	[ORIGIN_TELNET] = "telnet", [ORIGIN_PTY] = "pty",	[ORIGIN_PIPE] = "pipe",
	[ORIGIN_FILE] = "file",	    [ORIGIN_REMOTE] = "remote",
};

const char *origin_kind_name(enum origin_kind kind)
{
	return kinds[kind];
}

/* What follows "unix:" or another kind; NULL: it does not begin with a kind. */
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

/* What follows "web1="; the text itself if it has no name. */
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

bool origin_is_unknown(const char *text)
{
	const char *word = behind_name(text);
	size_t letters = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	enum origin_kind kind;

	if (!letters || word[letters] != ':' || kind_of(word, &kind))
		return false;
	word += letters + 1;
	return *word == '/' || *word == '@' || *word == '.' || strchr(word, ':');
}

/* "web1" of "/run/web1.sock", "pts/7" of "/dev/pts/7". */
static void name_of_path(struct origin *origin)
{
	static const char *const endings[] = { ".sock", ".socket", ".serial", ".log" };
	const char *base = strrchr(origin->path, '/');
	char name[SOURCE_NAME_SIZE * 2];

	base = base ? base + 1 : origin->path;
	/* The @ of an abstract socket is left out, unless nothing follows it. */
	base += base == origin->path && *base == '@' && base[1];
	snprintf(name, sizeof(name), "%s%.120s", origin->kind == ORIGIN_PTY ? "pts-" : "", base);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t len = strlen(name);
		size_t end = strlen(endings[i]);

		if (len > end && !strcmp(name + len - end, endings[i]))
			name[len - end] = '\0';
	}
	port_name_make(origin->name, sizeof(origin->name), name);
}

bool origin_host_port(const char *text, char host[ORIGIN_HOST_SIZE],
		      char number[ORIGIN_NUMBER_SIZE], const char **why)
{
	const char *colon = strrchr(text, ':');
	const char *digits = colon ? colon + 1 : "";
	size_t len = colon ? (size_t)(colon - text) : 0;
	unsigned int port = 0;

	*why = "it is not HOST:PORT, with a PORT from 1 to 65535";
	if (!len || !*digits || strlen(digits) >= ORIGIN_NUMBER_SIZE ||
	    digits[strspn(digits, "0123456789")] || sscanf(digits, "%u", &port) != 1 || !port ||
	    port > 65535)
		return false;
	strcpy(number, digits);
	if (text[0] == '[' && len > 2 && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len) || text[0] == '[') {
		*why = "an IPv6 address is written in brackets, as in tcp:[::1]:5000";
		return false;
	}
	*why = "the host's name is too long";
	if (len >= ORIGIN_HOST_SIZE)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return true;
}

/* Why a path cannot be right; NULL: it can be. */
static const char *wrong_path(enum origin_kind kind, const char *path)
{
	char number[ORIGIN_NUMBER_SIZE];
	char host[ORIGIN_HOST_SIZE];
	const char *why = NULL;

	if (kind == ORIGIN_TCP || kind == ORIGIN_TELNET)
		return origin_host_port(path, host, number, &why) ? NULL : why;
	if (!*path)
		return "there is no path after the colon";
	if (kind != ORIGIN_UNIX || *path != '@')
		return NULL;
	if (!path[1])
		return "an abstract socket needs a name after the @";
	return strlen(path + 1) > ABSTRACT_MAX
		       ? "the name of an abstract socket has at most 107 bytes"
		       : NULL;
}

/* Takes the slashes off "tcp://host:5000" and "telnet://host:5000/" (RFC 4248). */
static void take_url(struct origin *origin)
{
	size_t len = strlen(origin->path);

	if ((origin->kind != ORIGIN_TCP && origin->kind != ORIGIN_TELNET) ||
	    strncmp(origin->path, "//", 2) != 0)
		return;
	if (origin->path[len - 1] == '/')
		origin->path[--len] = '\0';
	if (len >= 2)
		memmove(origin->path, origin->path + 2, len - 1);
}

bool origin_parse(const char *text, struct origin *origin, const char **why)
{
	const char *rest = behind_name(text);
	size_t name_len = rest == text ? 0 : (size_t)(rest - text - 1);
	const char *path;

	*origin = (struct origin){ 0 };
	path = kind_of(rest, &origin->kind);
	if (!path) {
		*why = "it does not begin with unix:, tcp:, telnet:, pty:, pipe: or file:";
		return false;
	}
	if (strlen(path) >= ORIGIN_PATH_SIZE) {
		*why = "the path is longer than 4095 bytes";
		return false;
	}
	strcpy(origin->path, path);
	take_url(origin);
	*why = wrong_path(origin->kind, origin->path);
	if (*why)
		return false;
	if (rest == text) {
		name_of_path(origin);
		return true;
	}
	if (!name_len || name_len >= sizeof(origin->name)) {
		*why = "a name has 1 to 63 characters";
		return false;
	}
	memcpy(origin->name, text, name_len);
	if (!port_name_ok(origin->name, sizeof(origin->name))) {
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

const char *origin_strerror(int err)
{
	switch (err) {
	case ORIGIN_NOT_ITS:
		return "the process that listens there is not the VM's";
	case ORIGIN_OWN_TERMINAL:
		return "it is the terminal that this program is on";
	case ORIGIN_NO_SOCKET:
		return "it is not a socket: give the path that the VMM listens on (-serial unix:PATH,server=on,wait=off)";
	case ORIGIN_IS_SOCKET:
		return "it is a socket: write unix:PATH";
	case ORIGIN_NO_PIPE:
		return "it is not a named pipe; for a file, write file:PATH";
	case ORIGIN_NO_FILE:
		return "it is neither a file nor a named pipe; for a terminal, write pty:PATH";
	case ORIGIN_NO_TERMINAL:
		return "it is not a terminal";
	case ORIGIN_OUT_MISSING:
		return "PATH.out, for the guest's output, is not there: make it with mkfifo, before the VMM starts";
	case ORIGIN_OUT_NO_PIPE:
		return "PATH.out is not a named pipe: remove it and make one with mkfifo, before the VMM starts";
	case ORIGIN_IN_MISSING:
		return "PATH.in, for the guest's input, is not there: make it with mkfifo, before the VMM starts";
	case ORIGIN_IN_NO_PIPE:
		return "PATH.in is not a named pipe: remove it and make one with mkfifo, before the VMM starts";
	case ORIGIN_IN_DENIED:
		return "PATH.in may not be written to by this user";
	case ORIGIN_NOW_PIPE:
		return "it was a file, and is a named pipe now";
	case ORIGIN_PIPE_NO_MORE:
		return "it is not a named pipe any more";
	case ORIGIN_IN_NO_MORE:
		return "the pipe ending in .in, for its input, is not a named pipe any more";
	case ORIGIN_CLOSED:
		return "it closed the connection at once";
	case -EPROTOTYPE:
		return "it is a datagram or packet socket; a console's is a stream socket";
	case -EAGAIN:
		return "others are connected to it, and no more can wait in its queue";
	case -EINPROGRESS:
		return "it does not answer yet";
	}
	return err < -DIAL_NAME_ERRNO ? gai_strerror(err + DIAL_NAME_ERRNO) : strerror(-err);
}

const char *origin_why(const struct origin *origin, int err, char why[ORIGIN_WHY_SIZE])
{
	const char *text = origin_strerror(err);

	if (strncmp(text, "PATH.", 5))
		return text;
	snprintf(why, ORIGIN_WHY_SIZE, "%s%s", origin->path, text + 4);
	return why;
}
