// SPDX-License-Identifier: GPL-2.0-only
#include "source/telnet.h"

#include <arpa/telnet.h>
#include <string.h>

static const unsigned char codes[TELNET_OPTIONS] = {
	[TELNET_BINARY] = TELOPT_BINARY,
	[TELNET_ECHO] = TELOPT_ECHO,
	[TELNET_SGA] = TELOPT_SGA,
};

/* What we agree to do. We do not echo: the guest does. */
static const bool ours[TELNET_OPTIONS] = { [TELNET_BINARY] = true, [TELNET_SGA] = true };

static bool queue(struct telnet *telnet, const unsigned char *bytes, size_t len)
{
	if (len > TELNET_QUEUE - (telnet->tail - telnet->head))
		return false;
	if (len > TELNET_QUEUE - telnet->tail) {
		memmove(telnet->queue, telnet->queue + telnet->head, telnet->tail - telnet->head);
		telnet->tail -= telnet->head;
		telnet->head = 0;
	}
	memcpy(telnet->queue + telnet->tail, bytes, len);
	telnet->tail += len;
	return true;
}

static void say(struct telnet *telnet, unsigned char verb, unsigned char code)
{
	queue(telnet, (const unsigned char[]){ IAC, verb, code }, 3);
}

void telnet_init(struct telnet *telnet)
{
	*telnet = (struct telnet){ .state = TELNET_DATA };
	telnet->us[TELNET_BINARY] = TELNET_ASKED;
	telnet->him[TELNET_BINARY] = TELNET_ASKED;
	telnet->him[TELNET_SGA] = TELNET_ASKED;
	say(telnet, WILL, codes[TELNET_BINARY]);
	say(telnet, DO, codes[TELNET_BINARY]);
	say(telnet, DO, codes[TELNET_SGA]);
}

/* Answers only what changes something: two that answer everything would never end (RFC 1143). */
static void negotiate(struct telnet *telnet, unsigned char code)
{
	bool his = telnet->verb == WILL || telnet->verb == WONT;
	bool on = telnet->verb == WILL || telnet->verb == DO;
	unsigned char yes = his ? DO : WILL;
	unsigned char no = his ? DONT : WONT;
	enum telnet_option *option;
	enum telnet_option before;
	size_t i = 0;

	while (i < TELNET_OPTIONS && codes[i] != code)
		i++;
	if (i == TELNET_OPTIONS || (!his && !ours[i])) {
		if (on)
			say(telnet, no, code);
		return;
	}
	option = his ? &telnet->him[i] : &telnet->us[i];
	before = *option;
	*option = on ? TELNET_ON : TELNET_OFF;
	if (on && before == TELNET_OFF)
		say(telnet, yes, code);
	else if (!on && before == TELNET_ON)
		say(telnet, no, code);
}

/* The byte after an IAC. True: it is one of the guest's. */
static bool command(struct telnet *telnet, unsigned char byte)
{
	switch (byte) {
	case IAC:
		telnet->state = TELNET_DATA;
		return true;
	case WILL:
	case WONT:
	case DO:
	case DONT:
		telnet->verb = byte;
		telnet->state = TELNET_VERB;
		return false;
	case SB:
		telnet->sub = 0;
		telnet->state = TELNET_SUB;
		return false;
	default:
		telnet->state = TELNET_DATA;
		return false;
	}
}

/* True: the byte is one of the guest's. */
static bool data_byte(struct telnet *telnet, unsigned char byte)
{
	bool padding = telnet->cr && !byte;

	if (byte == IAC) {
		telnet->state = TELNET_IAC;
		return false;
	}
	/* Without BINARY a carriage return alone is followed by a NUL. */
	telnet->cr = byte == '\r' && telnet->him[TELNET_BINARY] != TELNET_ON;
	return !padding;
}

static bool step(struct telnet *telnet, unsigned char byte)
{
	switch (telnet->state) {
	case TELNET_DATA:
		return data_byte(telnet, byte);
	case TELNET_IAC:
		if (!command(telnet, byte))
			return false;
		telnet->cr = false;
		return true;
	case TELNET_VERB:
		telnet->state = TELNET_DATA;
		negotiate(telnet, byte);
		return false;
	case TELNET_SUB:
		if (byte == IAC)
			telnet->state = TELNET_SUB_IAC;
		else if (++telnet->sub == TELNET_SUB_MAX)
			telnet->state = TELNET_DATA;
		return false;
	case TELNET_SUB_IAC:
		telnet->state = TELNET_SUB;
		if (byte == SE)
			telnet->state = TELNET_DATA;
		else if (byte != IAC)
			/* The subnegotiation was cut off, and this is the next command. */
			command(telnet, byte);
		else if (++telnet->sub == TELNET_SUB_MAX)
			telnet->state = TELNET_DATA;
		return false;
	}
	return false;
}

size_t telnet_in(struct telnet *telnet, const unsigned char *in, size_t len, unsigned char *data)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char byte = in[i];

		if (step(telnet, byte))
			data[n++] = byte;
	}
	return n;
}

size_t telnet_out(struct telnet *telnet, const unsigned char *bytes, size_t len)
{
	bool binary = telnet->us[TELNET_BINARY] == TELNET_ON;

	for (size_t i = 0; i < len; i++) {
		unsigned char pair[2] = { bytes[i], IAC };
		size_t n = 1 + (bytes[i] == IAC);

		if (bytes[i] == '\r' && !binary) {
			pair[1] = '\0';
			n = 2;
		}
		if (!queue(telnet, pair, n))
			return i;
	}
	return len;
}

bool telnet_break(struct telnet *telnet)
{
	return queue(telnet, (const unsigned char[]){ IAC, BREAK }, 2);
}

size_t telnet_waiting(const struct telnet *telnet, const unsigned char **bytes)
{
	*bytes = telnet->queue + telnet->head;
	return telnet->tail - telnet->head;
}

void telnet_sent(struct telnet *telnet, size_t len)
{
	telnet->head += len;
	if (telnet->head == telnet->tail)
		telnet->head = telnet->tail = 0;
}
