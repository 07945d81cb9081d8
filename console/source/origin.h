/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An origin says where a guest's output comes from and its input goes to, as an operator
 * writes it. Pure.
 *
 *   unix:/run/web1.sock        a socket that listens: -serial unix:PATH,server
 *   unix:@web1                 an abstract one
 *   tcp:host:5000              a TCP port: -serial tcp:HOST:PORT,server; [::1] is an address
 *   telnet:host:5000           the same with telnet's negotiation: a terminal server;
 *                              both also as URLs: telnet://host:5000/
 *   pty:/dev/pts/7             a terminal: -serial pty
 *   pipe:/run/web1             named pipes, PATH.in and PATH.out: -serial pipe:PATH
 *   file:/var/log/web1.log     a file that grows: nothing can be sent
 *   web1=unix:/run/a.sock      the same with a name
 */
#ifndef KPL011_ORIGIN_H
#define KPL011_ORIGIN_H

#include <stdbool.h>

#include "source/source.h"

/* Bytes of the longest path, with its NUL. */
#define ORIGIN_PATH_SIZE 4096

enum origin_kind {
	ORIGIN_PORT, /* the kernel's; never written by an operator */
	ORIGIN_UNIX,
	ORIGIN_TCP,
	ORIGIN_TELNET,
	ORIGIN_PTY,
	ORIGIN_PIPE,
	ORIGIN_FILE,
	ORIGIN_REMOTE, /* a port of another host; never written by an operator */
};

struct origin {
	enum origin_kind kind;
	uint32_t port; /* of ORIGIN_PORT and ORIGIN_REMOTE */
	uint64_t life; /* of ORIGIN_REMOTE; of a process's socket: when that was made */
	/* Of ORIGIN_UNIX: the process that has to listen there, and its user; @pid 0: any. */
	pid_t pid;
	uid_t uid;
	char name[SOURCE_NAME_SIZE];
	char path[ORIGIN_PATH_SIZE]; /* of TCP and telnet "HOST:PORT", of ORIGIN_REMOTE the host */
};

/* Whether it begins like a source; origin_parse() may refuse it nevertheless. */
bool origin_looks(const char *text);

/**
 * origin_parse - read what an operator wrote
 * @text: the text
 * @origin: what it says; the name is made from the path if none is given
 * @why: if it is wrong, a sentence
 *
 * Return: false if it is wrong
 */
bool origin_parse(const char *text, struct origin *origin, const char **why);

/* Bytes of a host's name or address, and of a port's number, with their NULs. */
#define ORIGIN_HOST_SIZE 256
#define ORIGIN_NUMBER_SIZE 6

/* Splits "HOST:PORT", and drops the brackets of an address. False: it is wrong, @why says how. */
bool origin_host_port(const char *text, char host[ORIGIN_HOST_SIZE],
		      char number[ORIGIN_NUMBER_SIZE], const char **why);

/* "unix", "pty", "file", "port", "remote" and so on. */
const char *origin_kind_name(enum origin_kind kind);

/* Room for what origin_key() makes. */
#define ORIGIN_KEY_SIZE (ORIGIN_PATH_SIZE + 16)

/* Identifies the source among all others, also later: "unix:/run/web1.sock". */
const char *origin_key(const struct origin *origin, char key[ORIGIN_KEY_SIZE]);

/* Why a source cannot be opened, in addition to negative errnos and the errors of dial.h. */
enum origin_errno {
	ORIGIN_NOT_ITS = -4199, /* another process listens than the one that is meant */
	ORIGIN_OWN_TERMINAL,
	ORIGIN_NO_SOCKET,
	ORIGIN_IS_SOCKET,
	ORIGIN_NO_PIPE,
	ORIGIN_NO_FILE,
	ORIGIN_NO_TERMINAL,
	/* Of the two pipes of pipe:PATH. */
	ORIGIN_OUT_MISSING,
	ORIGIN_OUT_NO_PIPE,
	ORIGIN_IN_MISSING,
	ORIGIN_IN_NO_PIPE,
	ORIGIN_IN_DENIED,
	ORIGIN_CLOSED, /* the connection, before anything was sent */
	/* What has the name was a file, or a named pipe, when it was opened. */
	ORIGIN_NOW_PIPE,
	ORIGIN_PIPE_NO_MORE,
	ORIGIN_IN_NO_MORE,
};

/* Whether it is written like a source, but of an unknown kind: "sock:/run/web1". */
bool origin_is_unknown(const char *text);

/* The kinds, for a message. */
#define ORIGIN_KINDS "unix:, tcp:, telnet:, pty:, pipe: and file:"

/* What such an error means. PATH in it stands for the source's. */
const char *origin_strerror(int err);

/* Room for what origin_why() writes. */
#define ORIGIN_WHY_SIZE (ORIGIN_PATH_SIZE + 256)

/* The same with the source's path filled in. */
const char *origin_why(const struct origin *origin, int err, char why[ORIGIN_WHY_SIZE]);

#endif /* KPL011_ORIGIN_H */
