/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a guest's bytes are, as an operator writes it. Pure.
 *
 *   unix:/run/web1.sock        a socket that listens: -serial unix:PATH,server
 *   pty:/dev/pts/7             a terminal: -serial pty
 *   file:/var/log/web1.log     a file that grows: nothing can be sent
 *   web1=unix:/run/a.sock      the same with a name
 */
#ifndef KPL011_ORIGIN_H
#define KPL011_ORIGIN_H

#include <stdbool.h>

#include "source/source.h"

/* As long as a socket's path may be, with its NUL. */
#define ORIGIN_PATH_SIZE 108

enum origin_kind {
	ORIGIN_PORT, /* the kernel's; never written by an operator */
	ORIGIN_UNIX,
	ORIGIN_PTY,
	ORIGIN_FILE,
	ORIGIN_REMOTE, /* a port of another host; never written by an operator */
};

struct origin {
	enum origin_kind kind;
	uint32_t port; /* of ORIGIN_PORT and ORIGIN_REMOTE */
	uint64_t life; /* of ORIGIN_REMOTE */
	char name[SOURCE_NAME_SIZE];
	char path[ORIGIN_PATH_SIZE]; /* of ORIGIN_REMOTE the host's name */
};

/* Whether it looks like one; it may be wrong all the same. */
bool origin_looks(const char *text);

/**
 * origin_parse - read what an operator wrote
 * @text: the text
 * @origin: what it says; its name is made from the path unless given
 * @why: if it is wrong, a sentence
 */
bool origin_parse(const char *text, struct origin *origin, const char **why);

/* "unix", "pty", "file", "port" or "remote". */
const char *origin_kind_name(enum origin_kind kind);

/* Room for what origin_key() makes. */
#define ORIGIN_KEY_SIZE (ORIGIN_PATH_SIZE + 16)

/* What tells it from all others, also tomorrow: "unix:/run/web1.sock". */
const char *origin_key(const struct origin *origin, char key[ORIGIN_KEY_SIZE]);

#endif /* KPL011_ORIGIN_H */
