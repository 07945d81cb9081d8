/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends a text, a file or a break to one guest, and waits until its port has taken all of it.
 */
#ifndef KPL011_SEND_H
#define KPL011_SEND_H

#include "cmd/pace.h"
#include "source/source.h"

struct send_request {
	/* Either a text or a file. */
	char *text;
	size_t text_len;
	const char *path; /* what the file is called in messages */
	int fd;		  /* -1: none */
	bool enter;	  /* a carriage return after it */
	bool cr;	  /* end each line with a carriage return */
	bool send_break;
	int sysrq;	     /* the key, or 0 */
	bool take;	     /* take the input from its holder */
	uint64_t timeout_ms; /* for each guest; 0: no limit */
	bool waits;	     /* within @timeout_ms, also for a guest that is not there yet */
	struct pace_request pace;
};

/* Sends, and sets @label to the guest's name. Returns a status; prints why if it fails. */
int send_to(const struct send_request *request, const char *spec, char label[SOURCE_NAME_SIZE]);

/*
 * Makes every line end in @bytes a carriage return. @last: the last byte of the piece before, or
 * 0; updated. Returns the number of bytes, which may be less than @len.
 */
size_t send_as_typed(char *bytes, size_t len, char *last);

#endif /* KPL011_SEND_H */
