// SPDX-License-Identifier: GPL-2.0-only
#include "text/textline.h"

#include <string.h>

#include "base/utf8.h"
#include "text/foldrows.h"
#include "text/linecells.h"
#include "vt/controls.h"

/*
 * Bytes that are taken at once if they are text: each may become a character of another set, with
 * more bytes, and the first may have blanks before it.
 */
#define RUN 160
#define RUN_ADDS (RUN * 3 + LINECELLS_BEYOND + 2)
_Static_assert(RUN_ADDS <= LINECELLS_STEP, "there is room for a run");

#define TAB 8

static void end_line(struct textline *line)
{
	cells_cut_blanks(line);
	line->ended = true;
}

static void leave_row(struct textline *line)
{
	if (line->len)
		end_line(line);
	line->at = 0;
	line->half = false;
	line->beyond = 0;
	line->saved = 0;
}

static void save_cursor(struct textline *line)
{
	line->saved = cells_column(line) + 1;
}

/*
 * A program that draws elsewhere, as apt draws its progress at the bottom of the screen, comes back
 * this way: what follows is not part of what was drawn there.
 */
static void restore_cursor(struct textline *line)
{
	textfold_control(line);
	if (line->saved)
		cells_go_to(line, line->saved - 1);
	else
		leave_row(line);
}

static void carriage_return(struct textline *line)
{
	if (textfold_return(line))
		return;
	cells_cut_blanks(line);
	line->at = 0;
	line->half = false;
	line->beyond = 0;
}

static void put(struct textline *line, uint32_t ch)
{
	if (line->inserts)
		foldrows_insert(line, ch);
	cells_put(line, ch);
}

static void on_ascii(const char *text, size_t len, void *arg)
{
	struct textline *line = arg;

	textfold_print(line);
	if (line->at == line->len && !line->beyond && !charset_translates(&line->charset)) {
		cells_append(line, text, len);
		line->last = (unsigned char)text[len - 1];
	} else {
		for (size_t i = 0; i < len; i++)
			put(line, charset_char(&line->charset, text[i]));
	}
	textfold_printed(line);
}

static void on_glyph(uint32_t ch, void *arg)
{
	textfold_print(arg);
	put(arg, ch);
	textfold_printed(arg);
}

static void on_control(unsigned char c, void *arg)
{
	struct textline *line = arg;

	line->last = 0;
	charset_control(&line->charset, c);
	if (c == BS || c == HT)
		textfold_control(line);
	if (c == BS)
		cells_left(line, 1);
	else if (c == HT)
		cells_tab(line);
	else if (c == VT || c == FF || (c == LF && !textfold_feed(line)))
		end_line(line);
	else if (c == CR)
		carriage_return(line);
}

static void on_escape(char intermediate, char final, void *arg)
{
	struct textline *line = arg;

	line->last = 0;
	charset_escape(&line->charset, intermediate, final);
	if (intermediate)
		return;
	if (final == 'c')
		line->charset = (struct charset){ .set = 0 };
	if (final == '7')
		save_cursor(line);
	else if (final == '8')
		restore_cursor(line);
	else if (strchr("DEMc", final))
		leave_row(line);
}

/* EL, and ED as far as it concerns this line. */
static void erase(struct textline *line, unsigned int what)
{
	size_t col = cells_column(line);

	if (what == 1 && line->at < line->len) {
		cells_settle(line);
		cells_go_to(line, 0);
		cells_take_away(line, col + 1, true);
		cells_go_to(line, col);
	} else if (what) {
		line->len = line->at = 0;
		line->half = false;
		line->beyond = 0;
		cells_changed(line, 0);
		cells_right(line, col);
	} else if (line->at < line->len) {
		cells_settle(line);
		cells_cut(line);
	}
}

/* REP of a character that came just before it. */
static void repeat(struct textline *line, uint32_t ch, size_t count)
{
	for (size_t i = 0; ch && i < count && i < TEXTLINE_PAD; i++)
		on_glyph(ch, line);
	line->last = 0;
}

static void on_csi(const struct vtparse_csi *csi, void *arg)
{
	struct textline *line = arg;
	unsigned int first = csi->args[0];
	size_t count = first ? first : 1;
	uint32_t last = line->last;
	bool below;

	line->last = 0;
	if (csi->intermediate == '!' && csi->final == 'p')
		line->charset = (struct charset){ .set = 0 };
	if (csi->intermediate || (csi->leader && csi->leader != '?'))
		return;
	if (csi->leader && !strchr("JKhl", csi->final))
		return;
	below = line->fold.below;
	if (textfold_csi(line, csi))
		return;
	switch (csi->final) {
	case 'C':
	case 'a':
		cells_right(line, count);
		break;
	case 'D':
	case 'j':
		cells_left(line, count);
		break;
	case 'G':
	case '`':
		cells_expand_tabs(line);
		cells_go_to(line, count - 1);
		break;
	case 'I':
		for (size_t i = 0; i < count && i < TEXTLINE_PAD / TAB; i++)
			cells_tab(line);
		break;
	case 'Z':
		cells_tab_back(line, count);
		break;
	case 'K':
		erase(line, first);
		break;
	case 'J':
		if (first < 2)
			erase(line, first);
		else
			leave_row(line);
		break;
	case 'P':
		cells_take_away(line, count, false);
		break;
	case 'X':
		cells_take_away(line, count, true);
		break;
	case '@':
		if (line->at == line->len)
			break;
		cells_settle(line);
		cells_blanks(line, line->at, line->at, count < TEXTLINE_PAD ? count : TEXTLINE_PAD);
		break;
	case 's':
	case 'u':
		if (csi->given) /* margins; a size of the window */
			break;
		if (csi->final == 's')
			save_cursor(line);
		else
			restore_cursor(line);
		break;
	case 'b':
		repeat(line, last, count);
		break;
	case 'h':
	case 'l':
		if (csi->leader && (first == 47 || first == 1047 || first == 1049))
			leave_row(line);
		else if (csi->leader && first == 2004 && csi->final == 'l' && below)
			end_line(line);
		else if (!csi->leader && first == 4)
			line->inserts = csi->final == 'h';
		break;
	default:
		if (strchr("ABEFHdef", csi->final))
			leave_row(line);
		break;
	}
}

static const struct vtparse_ops ops = {
	.ascii = on_ascii,
	.glyph = on_glyph,
	.control = on_control,
	.escape = on_escape,
	.csi = on_csi,
};

/* Forgets what was given out, and after a line also what a terminal keeps for later lines. */
static void forget(struct textline *line)
{
	size_t given = line->ended ? line->len : line->give;

	if (line->ended)
		textfold_end(line);
	else if (given)
		textfold_given(line);
	if (line->ended || given)
		line->saved = 0;
	memmove(line->text, line->text + given, line->len - given);
	line->len -= given;
	line->at -= line->at < given ? line->at : given;
	line->low -= line->low < given ? line->low : given;
	line->give = 0;
	if (!line->ended)
		return;
	line->ended = false;
	line->at = line->beyond = line->low = line->walked = 0;
	line->half = line->tabs = line->wide = line->inserts = false;
	/*
	 * What garbage has switched on ends with its line. But programs say only once what G1 is,
	 * and switch to it in each row that has drawings.
	 */
	line->charset.set = line->charset.single = 0;
	line->charset.designated[0] = 0;
}

/* Bytes that can be given to the parser at once: only the last of them may end a line. */
static size_t run_of(const struct textline *line, const unsigned char *bytes, size_t len)
{
	size_t run;
	int whole;

	if (!vtparse_is_idle(&line->parse))
		return 1;
	if (bytes[0] >= 0x80) {
		whole = utf8_check(bytes, len);
		return whole > 0 ? (size_t)whole : 1;
	}
	/* Each byte may move the rest of the line. */
	if (line->inserts)
		return 1;
	run = utf8_ascii(bytes, len < RUN ? len : RUN);
	return run ? run : 1;
}

/*
 * Where a character begins near the middle; if there are only characters that combine with the
 * first one, any place is as good as another.
 */
static size_t middle(const struct textline *line)
{
	size_t at = cells_previous(line, line->len / 2);

	if (!at)
		for (at = line->len / 2; at < line->len && cells_continues(line, at); at++)
			;
	return at;
}

size_t textline_step(struct textline *line, const unsigned char *bytes, size_t len)
{
	size_t run;

	line->parse.by_line = true;
	if (line->ended || line->give)
		forget(line);
	run = run_of(line, bytes, len);
	vtparse_bytes(&line->parse, bytes, run, &ops, line);
	line->rest = vtparse_is_idle(&line->parse) ? 0 : line->rest + run;
	line->walked -=
		line->walked < run * TEXTLINE_WALK_BYTE ? line->walked : run * TEXTLINE_WALK_BYTE;
	if (!line->ended && line->walked > TEXTLINE_WALK)
		end_line(line);
	if (!line->ended && line->len > LINECELLS_FULL)
		line->give = middle(line);
	return run;
}

size_t textline_add(struct textline *line, const unsigned char *bytes, size_t len)
{
	size_t done = 0;

	if (line->ended || line->give)
		forget(line);
	while (done < len) {
		done += textline_step(line, bytes + done, len - done);
		if (line->ended || line->give)
			break;
	}
	return done;
}
