// SPDX-License-Identifier: GPL-2.0-only
#include "source/note.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "source/drain.h"
#include "base/msg.h"
#include "vt/vtfilter.h"

static void say(const struct notes *notes, bool first, const char *fmt, va_list ap)
{
	char line[1024 + 64];
	char clean[1024];
	char text[512];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (notes->among) {
		msg_clean(clean, sizeof(clean), text);
		snprintf(line, sizeof(line), "%s%s%s\r\n",
			 notes->filter ? vtfilter_undo(notes->filter) : "",
			 first ? "\r\nkpl011: " : "  ", clean);
		drain_note(notes->among, line);
	} else if (first) {
		msg_error("%s", text);
	} else {
		msg_more("%s", text);
	}
}

void note(const struct notes *notes, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(notes, true, fmt, ap);
	va_end(ap);
}

void note_more(const struct notes *notes, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(notes, false, fmt, ap);
	va_end(ap);
}
