/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client of telnet (RFC 854) on its way to a console: what a terminal server
 * or QEMU's -serial telnet: speak. Pure: it is given bytes, and has bytes to be
 * sent. BINARY both ways, and the server's ECHO and SUPPRESS-GO-AHEAD are agreed
 * to (RFC 856, 857, 858); everything else is refused. Whatever comes, at most
 * TELNET_QUEUE bytes wait here.
 */
#ifndef KPL011_TELNET_H
#define KPL011_TELNET_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that wait to be sent, at most. */
#define TELNET_QUEUE 4096

/* A subnegotiation ends here if the server does not end it. */
#define TELNET_SUB_MAX 1024

/* Options that are known, by their place here. */
enum { TELNET_BINARY, TELNET_ECHO, TELNET_SGA, TELNET_OPTIONS };

enum telnet_option {
	TELNET_OFF,
	TELNET_ON,
	TELNET_ASKED, /* for it to be on, and not answered yet */
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
	bool cr; /* the byte before was one, and a NUL behind it belongs to it */
	size_t sub;
	enum telnet_option us[TELNET_OPTIONS];
	enum telnet_option him[TELNET_OPTIONS];
	size_t head; /* of what waits to be sent */
	size_t tail;
	unsigned char queue[TELNET_QUEUE];
};

/* At the start of a connection: what is asked for waits to be sent. */
void telnet_init(struct telnet *telnet);

/**
 * telnet_in - take what came
 * @telnet: the connection
 * @in: the bytes
 * @len: how many
 * @data: room for as many; may be @in
 *
 * Answers wait to be sent; where there is no room for them they are left out.
 *
 * Return: how many bytes of the guest are at @data
 */
size_t telnet_in(struct telnet *telnet, const unsigned char *in, size_t len, unsigned char *data);

/* Takes bytes for the guest, as many as there is room for. Returns how many. */
size_t telnet_out(struct telnet *telnet, const unsigned char *bytes, size_t len);

/* A break. False: there is no room. */
bool telnet_break(struct telnet *telnet);

/* What waits to be sent: its length; and that so much of it was sent. */
size_t telnet_waiting(const struct telnet *telnet, const unsigned char **bytes);
void telnet_sent(struct telnet *telnet, size_t len);

#endif /* KPL011_TELNET_H */
