// SPDX-License-Identifier: GPL-2.0-only
/* A telnet server that says anything, in pieces of any length. */
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "source/telnet.h"

#define SIZE 8192

static size_t decode(struct telnet *telnet, const unsigned char *in, size_t len, size_t step,
		     unsigned char *data)
{
	const unsigned char *bytes;
	size_t n = 0;

	for (size_t at = 0; at < len; at += step) {
		size_t piece = len - at < step ? len - at : step;
		size_t got = telnet_in(telnet, in + at, piece, data + n);

		MUST(got <= piece);
		MUST(telnet_waiting(telnet, &bytes) <= TELNET_QUEUE);
		n += got;
	}
	return n;
}

/* What is sent to a guest is what a server that agreed to the same takes out of it. */
static void there_and_back(struct telnet *telnet, const unsigned char *in, size_t len)
{
	unsigned char data[TELNET_QUEUE];
	const unsigned char *bytes;
	struct telnet server;
	size_t taken;
	size_t n;

	telnet_sent(telnet, telnet_waiting(telnet, &bytes));
	telnet_init(&server);
	server.him[TELNET_BINARY] = telnet->us[TELNET_BINARY];
	taken = telnet_out(telnet, in, len);
	MUST(taken == len || taken >= TELNET_QUEUE / 2 - 1);
	n = telnet_waiting(telnet, &bytes);
	n = telnet_in(&server, bytes, n, data);
	/* A NUL of its own behind a carriage return would be taken for its padding. */
	if (telnet->us[TELNET_BINARY] == TELNET_ON || !memchr(in, 0, taken)) {
		MUST(n == taken);
		MUST(!memcmp(data, in, n));
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *in, size_t len)
{
	static unsigned char whole[SIZE];
	static unsigned char cut[SIZE];
	struct telnet telnet;
	struct telnet other;
	size_t n;

	if (!len || len > SIZE)
		return 0;
	telnet_init(&telnet);
	telnet_init(&other);
	n = decode(&telnet, in, len, len, whole);
	MUST(decode(&other, in, len, 1 + in[0] % 7, cut) == n);
	MUST(!memcmp(whole, cut, n));
	MUST(telnet.tail - telnet.head == other.tail - other.head);
	there_and_back(&telnet, in, len);
	/* In place, as a stream has it. */
	telnet_init(&telnet);
	memcpy(cut, in, len);
	MUST(telnet_in(&telnet, cut, len, cut) == n);
	MUST(!memcmp(whole, cut, n));
	return 0;
}
