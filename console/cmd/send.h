/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends one guest a text, a file or a break, and waits until it was taken.
 */
#ifndef KPL011_SEND_H
#define KPL011_SEND_H

#include "cmd/pace.h"
#include "source/source.h"

struct send_request {
	/* A text, or a file. */
	char *text;
	size_t text_len;
	const char *path; /* what the file is called in messages */
	int fd;		  /* -1: none */
	bool enter;	  /* a carriage return behind it */
	bool cr;	  /* each line of it ends with a carriage return */
	bool send_break;
	int sysrq;	     /* the key, or 0 */
	bool take;	     /* the input from whoever has it */
	uint64_t timeout_ms; /* for each guest; 0: none */
	bool waits;	     /* as long for a guest that is not there yet */
	struct pace_request pace;
};

/* Says what went wrong. @label: what the guest is called. Returns a status. */
int send_to(const struct send_request *request, const char *spec, char label[SOURCE_NAME_SIZE]);

/* Line ends as the Enter key. @last: of the bytes before, or 0; @return: how many are left. */
size_t send_as_typed(char *bytes, size_t len, char *last);

#endif /* KPL011_SEND_H */
