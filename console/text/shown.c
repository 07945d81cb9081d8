// SPDX-License-Identifier: GPL-2.0-only
#include "text/shown.h"

#include <string.h>
#include <unistd.h>

#include "base/term.h"

static const char *undo(void *arg)
{
	return vtfilter_undo(&((struct shown *)arg)->filter);
}

void shown_open(struct shown *shown, int fd, bool raw)
{
	locale_t locale = glyphs_locale();

	*shown = (struct shown){ .fd = fd, .filters = !raw && isatty(fd), .locale = locale };
	vtfilter_init(&shown->filter, locale);
	if (shown->filters)
		term_undo(fd, undo, shown);
}

size_t shown_bytes(struct shown *shown, const void *bytes, size_t len, void *out)
{
	if (shown->filters)
		return vtfilter_bytes(&shown->filter, bytes, len, out);
	memcpy(out, bytes, len);
	return len;
}

void shown_undo(struct shown *shown)
{
	if (shown->filters)
		term_write(shown->fd, undo(shown));
}

void shown_close(struct shown *shown)
{
	shown_undo(shown);
	if (shown->filters)
		term_undo(-1, NULL, NULL);
	if (shown->locale)
		freelocale(shown->locale);
	*shown = (struct shown){ .fd = -1 };
}
