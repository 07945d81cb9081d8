/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to the ports that a test plays; @id: negative for the control device. */
#ifndef PORT_FAKE_H
#define PORT_FAKE_H

#include <stddef.h>
#include <stdint.h>

/* Sends a request. Returns the connection, whose end is the answer, or a negative errno. */
int fake_connect(int64_t id, const char *request);

/* Sets @answer to the whole answer to a request, terminated. 0, or a negative errno. */
int fake_ask(int64_t id, const char *request, char *answer, size_t size);

/*
 * What a file has, to be freed, or NULL: the port is a socket. Its facts end at @bytes, of which
 * there are @len.
 */
char *fake_still_text(int64_t id, size_t *len, char **bytes);

#endif /* PORT_FAKE_H */
