/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A telnet client (RFC 854) for the consoles of terminal servers and of QEMU's
 * -serial telnet:. It agrees to BINARY both ways and to the server's ECHO and
 * SUPPRESS-GO-AHEAD (RFC 856, 857, 858), and refuses everything else. Pure: it is
 * given bytes that came, and queues bytes to be sent, never more than TELNET_QUEUE.
 */
#ifndef KPL011_TELNET_H
#define KPL011_TELNET_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that wait to be sent, at most. */
#define TELNET_QUEUE 4096

/* Bytes after which a subnegotiation ends if the server does not end it. */
#define TELNET_SUB_MAX 1024

/* The known options, as indices here. */
enum { TELNET_BINARY, TELNET_ECHO, TELNET_SGA, TELNET_OPTIONS };

enum telnet_option {
	TELNET_OFF,
	TELNET_ON,
	TELNET_ASKED, /* it was asked to be on, without an answer yet */
};

enum telnet_state {
	TELNET_DATA,
	TELNET_IAC,
	TELNET_VERB, /* WILL, WONT, DO or DONT: its option comes */
	TELNET_SUB,
	TELNET_SUB_IAC,
};

struct telnet {
	enum telnet_state state;
	unsigned char verb;
	bool cr; /* the byte before was a carriage return; a NUL after it is dropped */
	size_t sub;
	enum telnet_option us[TELNET_OPTIONS];
	enum telnet_option him[TELNET_OPTIONS];
	size_t head; /* of what waits to be sent */
	size_t tail;
	unsigned char queue[TELNET_QUEUE];
};

/* For the start of a connection: queues the requests. */
void telnet_init(struct telnet *telnet);

/**
 * telnet_in - take what came
 * @telnet: the connection
 * @in: the bytes
 * @len: how many
 * @data: room for as many; may be @in
 *
 * Queues answers; those for which there is no room are left out.
 *
 * Return: how many bytes of the guest are at @data
 */
size_t telnet_in(struct telnet *telnet, const unsigned char *in, size_t len, unsigned char *data);

/* Takes bytes for the guest, as many as there is room for. Returns how many. */
size_t telnet_out(struct telnet *telnet, const unsigned char *bytes, size_t len);

/* A break. False: there is no room. */
bool telnet_break(struct telnet *telnet);

/* Returns how many bytes are queued, and sets @bytes to them. */
size_t telnet_waiting(const struct telnet *telnet, const unsigned char **bytes);
/* Removes the first @len of them, which were sent. */
void telnet_sent(struct telnet *telnet, size_t len);

#endif /* KPL011_TELNET_H */
