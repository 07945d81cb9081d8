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

/* Whether something shows in the last line, given what the filter made. */
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

/* Written with the bytes that follow, since what came before may not be written yet. */
static size_t begin(struct shown *shown, char *out)
{
	bool quiet = shown->filter.quiet;
	char *end = out;

	shown->begins = false;
	if (!shown->filters)
		return 0;
	end = stpcpy(end, undo(shown));
	if (shown->in_line)
		end = stpcpy(end, "\r\n");
	vtfilter_init(&shown->filter, shown->locale);
	shown->filter.quiet = quiet;
	shown->in_line = false;
	return (size_t)(end - out);
}

size_t shown_bytes(struct shown *shown, const void *bytes, size_t len, void *out)
{
	size_t begun = shown->begins ? begin(shown, out) : 0;
	unsigned char *text = (unsigned char *)out + begun;

	if (shown->filters)
		len = vtfilter_bytes(&shown->filter, bytes, len, text);
	else
		memcpy(text, bytes, len);
	shown->in_line = ends_in_line(text, len, shown->in_line);
	return begun + len;
}

void shown_begin(struct shown *shown)
{
	shown->begins = true;
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
