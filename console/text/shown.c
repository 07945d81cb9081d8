// SPDX-License-Identifier: GPL-2.0-only
#include "text/shown.h"

#include <string.h>
#include <unistd.h>

#include "base/term.h"
#include "vt/controls.h"

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

/* Whether something shows in the line that is the last one, of what the filter made. */
static bool ends_in_line(const unsigned char *text, size_t len, bool before)
{
	const unsigned char *end = text + len;
	const unsigned char *line = memrchr(text, LF, len);
	bool in_line = line ? false : before;

	for (text = line ? line + 1 : text; text < end && !in_line; text++) {
		if (*text != ESC)
			in_line = *text >= 0x20;
		else if (++text < end && *text == '[')
			while (++text < end && *text < '@')
				;
	}
	return in_line;
}

size_t shown_bytes(struct shown *shown, const void *bytes, size_t len, void *out)
{
	if (shown->filters)
		len = vtfilter_bytes(&shown->filter, bytes, len, out);
	else
		memcpy(out, bytes, len);
	shown->in_line = ends_in_line(out, len, shown->in_line);
	return len;
}

void shown_undo(struct shown *shown)
{
	if (shown->filters)
		term_write(shown->fd, undo(shown));
}

bool shown_break(struct shown *shown)
{
	shown_undo(shown);
	if (!shown->in_line || !shown->filters || !isatty(STDERR_FILENO))
		return false;
	term_write(shown->fd, "\r\n");
	shown->in_line = false;
	return true;
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
