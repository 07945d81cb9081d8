// SPDX-License-Identifier: GPL-2.0-only
#include "parts/back.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/newfile.h"
#include "ui/ui_ask.h"
#include "ui/ui_input.h"
#include "ui/ui_lines.h"
#include "ui/ui_term.h"
#include "ui/ui_touch.h"
#include "ui/ui_windows.h"
#include "vt/search.h"

/* Bytes of a line as text, with all characters of each column. */
#define LINE_SIZE (VT_COLS_MAX * VT_CHARS * 4 + 1)

/* The most bytes sent to a terminal's clipboard; more belongs in a file. */
#define CLIPBOARD_MAX 74994

/* How long a search runs before other events are handled. */
#define STEP_MS 5

static void enter(struct ui *ui, struct ui_window *window)
{
	struct vt_cursor cursor;

	if (!window->view || window->back.on)
		return;
	vt_cursor(window->view->vt, &cursor);
	window->back = (struct ui_back){
		.on = true,
		.top = (long)vt_scrolled(window->view->vt),
		.line = (long)vt_scrolled(window->view->vt) + cursor.row,
		.col = cursor.col,
	};
	ui_touch(ui);
}

/* Scrolls @lines up, or down if negative. */
static void scroll_lines(struct ui *ui, struct ui_window *window, int lines)
{
	if (!window->back.on && lines < 0)
		return;
	enter(ui, window);
	window->back.top -= lines;
	window->back.line -= lines;
	/* At the newest line, looking back ends. */
	if (lines < 0 && !window->back.selecting &&
	    window->back.line >= ui_back_newest(window->view))
		window->back.on = false;
	ui_touch(ui);
}

/* The text of lines @first to @last, of the selection alone if @selected. */
static char *text_of(const struct ui_window *window, long first, long last, bool selected,
		     size_t *size)
{
	static uint16_t cols[LINE_SIZE];
	static char line[LINE_SIZE];
	const struct vt *vt = window->view->vt;
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	for (long i = first; i <= last; i++) {
		long row = i - (long)vt_scrolled(vt);
		size_t len = vt_row_text(vt, row, line, sizeof(line), cols);

		for (size_t j = 0; j < len; j++)
			if (!selected || ui_back_selected(window, i, cols[j]))
				fputc(line[j], out);
		if (i < last && !vt_row_wraps(vt, row))
			fputc('\n', out);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static char *chosen(const struct ui_window *window, size_t *size)
{
	const struct ui_back *back = &window->back;

	if (!back->selecting)
		return text_of(window, ui_back_oldest(window->view), ui_back_newest(window->view),
			       false, size);
	if (back->from_line < back->line)
		return text_of(window, back->from_line, back->line, true, size);
	return text_of(window, back->line, back->from_line, true, size);
}

/* OSC 52 sets the clipboard of the operator's terminal. */
static void to_clipboard(struct ui *ui)
{
	static const char head[] = "\033]52;c;";
	size_t len;
	char *text;

	if (ui->copied_len > CLIPBOARD_MAX) {
		ui_say(ui, "%zu bytes copied; too many for the terminal's clipboard",
		       ui->copied_len);
		return;
	}
	text = malloc(sizeof(head) + BASE64_SIZE(ui->copied_len) + 1);
	if (!text)
		return;
	memcpy(text, head, sizeof(head) - 1);
	len = sizeof(head) - 1;
	len += base64_encode(ui->copied, ui->copied_len, text + len);
	text[len++] = '\a';
	ui_term_put(ui, text, len);
	free(text);
	ui_say(ui, "%zu bytes copied, also to the clipboard if the terminal allows it",
	       ui->copied_len);
}

static void copy(struct ui *ui, struct ui_window *window)
{
	char lines[KEY_NAME_SIZE];
	char key[KEY_NAME_SIZE];
	size_t size;
	char *text;

	if (!window->back.selecting) {
		ui_say(ui, "nothing is selected: %s starts a selection, %s one of whole lines",
		       keymap_key(&ui->keys, ACTION_BACK_SELECT, key),
		       keymap_key(&ui->keys, ACTION_BACK_SELECT_LINE, lines));
		return;
	}
	text = chosen(window, &size);
	if (!text)
		return;
	free(ui->copied);
	ui->copied = text;
	ui->copied_len = size;
	to_clipboard(ui);
	ui_back_leave(ui, window);
}

static void save(struct ui *ui, const char *path)
{
	struct ui_window *window = ui_focus(ui);
	struct newfile file;
	size_t size;
	char *text;
	int err;

	if (!*path || !window->view)
		return;
	text = chosen(window, &size);
	if (!text)
		return;
	/* Never overwrites a file. */
	err = newfile_begin(&file, path, 0600, NEWFILE_FRESH);
	if (!err) {
		err = newfile_write(&file, text, size);
		if (!err)
			err = newfile_write(&file, "\n", 1);
		err = newfile_end(&file, err);
	}
	if (err)
		ui_say(ui, "cannot write %s: %s", path, newfile_reason(err));
	else
		ui_say(ui, "%zu bytes written to %s", size + 1, path);
	free(text);
}

static const struct ui_question where_to = {
	.label = "write to the new file",
	.done = save,
};

static void start_selection(struct ui_back *back, bool whole_lines)
{
	bool stop = back->selecting && back->whole_lines == whole_lines;

	if (!back->selecting) {
		back->from_line = back->line;
		back->from_col = back->col;
	}
	back->selecting = !stop;
	back->whole_lines = whole_lines;
}

static long line_end(const struct ui_window *window)
{
	static uint16_t cols[LINE_SIZE];
	static char line[LINE_SIZE];
	const struct vt *vt = window->view->vt;
	size_t len = vt_row_text(vt, window->back.line - (long)vt_scrolled(vt), line, sizeof(line),
				 cols);

	return len ? cols[len - 1] : 0;
}

/* A search runs in steps, so that keys are answered meanwhile. */

static bool enough(void *arg)
{
	return clock_ms() - *(uint64_t *)arg >= STEP_MS;
}

static void found(struct ui *ui, struct ui_window *window, const struct search_hit *hit)
{
	struct ui_back *back = &window->back;

	back->line = (long)vt_scrolled(window->view->vt) + hit->row;
	back->col = hit->col;
	back->hit_line = back->line;
	back->hit_col = back->col;
	back->hit_end_line = (long)vt_scrolled(window->view->vt) + hit->end_row;
	back->hit_end_col = hit->end_col;
	back->hit = true;
	ui_touch(ui);
}

static void search_step_now(struct ui *ui)
{
	struct ui_window *window = ui_focus(ui);
	uint64_t since = clock_ms();
	struct search_hit hit;

	/* The operator went on to something else. */
	if (!ui->search || !window->view || window->view != ui->searched || !window->back.on)
		return;
	switch (search_step(ui->search, window->view->vt, enough, &since, &hit)) {
	case SEARCH_FOUND:
		found(ui, window, &hit);
		break;
	case SEARCH_NONE:
		ui_say(ui,
		       search_gave_up(ui->search)
			       ? "no more matches of '%s'; skipped %u lines that took too long"
			       : "no more matches of '%s'",
		       ui->pattern, search_gave_up(ui->search));
		break;
	case SEARCH_MORE:
		loop_timer_set(ui->search_timer, 1);
		break;
	}
}

void ui_back_search_on(void *arg)
{
	search_step_now(arg);
}

static void search_from_here(struct ui *ui, struct ui_window *window, bool backward)
{
	struct ui_back *back = &window->back;
	long row = back->line - (long)vt_scrolled(window->view->vt);

	if (!ui->search) {
		ui_say(ui, "nothing has been searched for yet");
		return;
	}
	ui->searched = window->view;
	search_begin(ui->search, window->view->vt, row, (int)back->col + !backward, backward);
	search_step_now(ui);
}

static void search_for(struct ui *ui, const char *pattern)
{
	struct ui_window *window = ui_focus(ui);
	struct search *search;
	char error[128];

	if (!window->view)
		return;
	if (*pattern) {
		search = search_new(pattern, error, sizeof(error));
		if (!search) {
			ui_say(ui, "'%s' is not a pattern: %s", pattern, error);
			return;
		}
		search_free(ui->search);
		ui->search = search;
		snprintf(ui->pattern, sizeof(ui->pattern), "%s", pattern);
	}
	enter(ui, window);
	search_from_here(ui, window, true);
}

static const struct ui_question which_pattern = {
	.label = "search upwards for",
	.done = search_for,
};

static void ask(struct ui *ui)
{
	ui_ask(ui, &which_pattern, NULL, "");
}

void ui_back_begin(struct ui *ui, enum action action)
{
	if (!ui_need_view(ui))
		return;
	if (action == ACTION_SCROLL)
		enter(ui, ui_focus(ui));
	else
		ask(ui);
}

void ui_back_act(struct ui *ui, enum action action)
{
	struct ui_window *window = ui_focus(ui);
	struct ui_back *back = &window->back;
	int page = ui->rows - 4;

	back->hit = false;
	switch (action) {
	case ACTION_BACK_UP:
		back->line--;
		break;
	case ACTION_BACK_DOWN:
		back->line++;
		break;
	case ACTION_BACK_LEFT:
		back->col--;
		break;
	case ACTION_BACK_RIGHT:
		back->col++;
		break;
	case ACTION_BACK_PAGE_UP:
		back->line -= page;
		back->top -= page;
		break;
	case ACTION_BACK_PAGE_DOWN:
		back->line += page;
		back->top += page;
		break;
	case ACTION_BACK_LINE_START:
		back->col = 0;
		break;
	case ACTION_BACK_LINE_END:
		back->col = line_end(window);
		break;
	case ACTION_BACK_TOP:
		back->line = ui_back_oldest(window->view);
		break;
	case ACTION_BACK_BOTTOM:
		back->line = ui_back_newest(window->view);
		break;
	case ACTION_BACK_SELECT:
		start_selection(back, false);
		break;
	case ACTION_BACK_SELECT_LINE:
		start_selection(back, true);
		break;
	case ACTION_BACK_COPY:
		copy(ui, window);
		break;
	case ACTION_BACK_SAVE:
		ui_ask(ui, &where_to, NULL, "");
		break;
	case ACTION_BACK_AGAIN:
		search_from_here(ui, window, true);
		break;
	case ACTION_BACK_REVERSE:
		search_from_here(ui, window, false);
		break;
	case ACTION_BACK_SEARCH:
		ask(ui);
		break;
	case ACTION_BACK_TIMES:
		window->times = (window->times + 1) % TIMES_KINDS;
		break;
	case ACTION_BACK_LEAVE:
		if (back->selecting)
			back->selecting = false;
		else
			ui_back_leave(ui, window);
		break;
	default:
		break;
	}
	ui_touch(ui);
}

static bool shows(const struct ui_window *window)
{
	return window->view;
}

static bool on_click(struct ui *ui, struct ui_window *window, const struct ui_click *click, int row,
		     int col)
{
	int lines = ui_wheel_lines(click);

	(void)row;
	(void)col;
	if (lines)
		scroll_lines(ui, window, lines);
	return lines != 0;
}

const struct ui_look ui_back_look = {
	.shows = shows,
	.mouse = on_click,
};
