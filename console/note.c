// SPDX-License-Identifier: GPL-2.0-only
#include "note.h"

#include <stdarg.h>
#include <stdio.h>

#include "drain.h"
#include "msg.h"

static void among_output(struct drain *drain, const char *lead, const char *text)
{
	char line[1024 + 16];
	char clean[1024];

	msg_clean(clean, sizeof(clean), text);
	snprintf(line, sizeof(line), "%s%s\r\n", lead, clean);
	drain_note(drain, line);
}

void note(struct notes *notes, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (notes->among)
		among_output(notes->among, "\r\nkpl011: ", text);
	else
		msg_error("%s", text);
}

void note_more(struct notes *notes, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (notes->among)
		among_output(notes->among, "  ", text);
	else
		msg_more("%s", text);
}
