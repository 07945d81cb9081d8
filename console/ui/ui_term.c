// SPDX-License-Identifier: GPL-2.0-only
/*
 * curses draws into memory, and that is written to the terminal as fast as it
 * takes it: one that is slow, or stopped with Ctrl-S, holds up nothing but
 * itself, and sees the newest picture next.
 */
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termcap.h>
#include <unistd.h>

#include "ui/config.h"
#include "base/output.h"
#include "base/term.h"
#include "ui/ui.h"
#include "ui/ui_curses.h"
#include "vt/glyphs.h"

/* Time for the last bytes when leaving. */
#define LAST_MS 1000

static const char paste_on[] = "\033[?2004h";
static const char paste_off[] = "\033[?2004l";

/* What the terminal itself has to leave its other screen is less. */
#define UNDO_SIZE 256

struct ui_term {
	struct output out;
	FILE *frame; /* what curses draws into */
	SCREEN *screen;
	struct glyphs glyphs;
	char *buf; /* on its way */
	size_t size;
	size_t head;
	size_t tail;
	struct loop_event *writer;
	char undo[UNDO_SIZE]; /* if there is no time to let curses do it */
};

static bool reserve(struct ui_term *term, size_t len)
{
	char *buf;

	if (term->head) {
		memmove(term->buf, term->buf + term->head, term->tail - term->head);
		term->tail -= term->head;
		term->head = 0;
	}
	if (term->size - term->tail >= len)
		return true;
	buf = realloc(term->buf, term->tail + len);
	if (!buf)
		return false;
	term->buf = buf;
	term->size = term->tail + len;
	return true;
}

/* What curses has drawn becomes what is on its way. */
static void collect(struct ui_term *term)
{
	int fd = fileno(term->frame);
	off_t len;

	fflush(term->frame);
	len = lseek(fd, 0, SEEK_END);
	if (len > 0 && reserve(term, (size_t)len)) {
		ssize_t n = pread(fd, term->buf + term->tail, (size_t)len, 0);

		if (n > 0)
			term->tail += (size_t)n;
	}
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
		return;
}

/* What was for a screen that is there no more. */
static void drop(struct ui_term *term)
{
	collect(term);
	term->head = 0;
	term->tail = 0;
}

/* Everything written, or an error that no retry helps. */
static bool push(struct ui_term *term)
{
	/* What was for a screen that is there no more. */
	if (term_left())
		term->head = term->tail;
	while (term->head < term->tail) {
		ssize_t n = write(term->out.fd, term->buf + term->head, term->tail - term->head);

		if (n > 0)
			term->head += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			return false;
		else if (!(n < 0 && errno == EINTR))
			break;
	}
	term->head = 0;
	term->tail = 0;
	return true;
}

static void on_writable(void *arg)
{
	struct ui *ui = arg;

	if (!push(ui->term))
		return;
	loop_off(ui->term->writer);
	if (ui->dirty)
		ui_touch(ui);
}

void ui_term_flush(struct ui *ui)
{
	collect(ui->term);
	if (!push(ui->term))
		loop_on(ui->term->writer);
}

bool ui_term_busy(const struct ui *ui)
{
	/* With none nothing is drawn any more. */
	return !ui->term || ui->term->tail;
}

void ui_term_put(struct ui *ui, const char *bytes, size_t len)
{
	collect(ui->term);
	if (!reserve(ui->term, len))
		return;
	memcpy(ui->term->buf + ui->term->tail, bytes, len);
	ui->term->tail += len;
	ui_term_flush(ui);
}

/* With a limit: a terminal that takes nothing cannot be helped. */
static void push_all(struct ui_term *term)
{
	struct pollfd room = { .fd = term->out.fd, .events = POLLOUT };

	collect(term);
	while (!push(term))
		if (poll(&room, 1, LAST_MS) <= 0)
			break;
}

void ui_term_mouse(struct ui *ui, bool on)
{
	ui->mouse = on;
	mousemask(on ? ALL_MOUSE_EVENTS | REPORT_MOUSE_POSITION : 0, NULL);
}

static void read_size(struct ui *ui)
{
	struct winsize size;

	ui->rows = 24;
	ui->cols = 80;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col) {
		ui->rows = size.ws_row;
		ui->cols = size.ws_col;
	}
	/* curses has no windows without lines. */
	ui->rows = ui->rows < 2 ? 2 : ui->rows;
	ui->cols = ui->cols < 10 ? 10 : ui->cols;
}

void ui_term_resized(struct ui *ui)
{
	read_size(ui);
	resizeterm(ui->rows, ui->cols);
	clearok(curscr, TRUE);
}

/*
 * curses writes in the locale of the operator's terminal, and asks it which characters
 * lines are of. All else here is UTF-8.
 */
static locale_t enter_locale(const struct ui_term *term)
{
	return term->glyphs.locale ? uselocale(term->glyphs.locale) : LC_GLOBAL_LOCALE;
}

static void leave_locale(locale_t before)
{
	uselocale(before);
}

void ui_term_refresh(struct ui *ui)
{
	locale_t before = enter_locale(ui->term);

	refresh();
	leave_locale(before);
}

static void stop_curses(struct ui_term *term)
{
	endwin();
	delscreen(term->screen);
}

/* From the bottom, for a terminal with one screen. What tells it to wait is left out. */
static void make_undo(struct ui_term *term)
{
	char capability[256];
	char *area = capability;
	const char *end = tgetstr("te", &area);
	size_t n = (size_t)sprintf(term->undo, "\033[r\033[999;1H");

	while (end && *end && n + sizeof(TERM_PLAIN) < sizeof(term->undo)) {
		if (!strncmp(end, "$<", 2) && strchr(end, '>'))
			end = strchr(end, '>') + 1;
		else
			term->undo[n++] = *end++;
	}
	strcpy(term->undo + n, TERM_PLAIN);
}

static const char *undo(void *arg)
{
	return ((struct ui_term *)arg)->undo;
}

/*
 * Few colours have a pair for each two of them and the default ones. alloc_pair() would take
 * one that is on the screen for another when it has no more. Returns how many colours each of
 * a pair may be; 0: there is no room for all, or no need.
 */
static int make_pairs(void)
{
	int side = COLORS + 1;

	if (COLORS < 8 || COLORS > 16)
		return 0;
	for (int pair = 1; pair < side * side; pair++)
		if (init_extended_pair(pair, pair / side - 1, pair % side - 1) == ERR)
			return 0;
	return side;
}

static int start_curses(struct ui *ui)
{
	struct ui_term *term = ui->term;
	char capability[256];
	char *area = capability;
	locale_t before;
	int fd;

	fd = memfd_create("kpl011-frame", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	term->frame = fdopen(fd, "w+");
	if (!term->frame) {
		close(fd);
		return -ENOMEM;
	}
	before = enter_locale(term);
	term->screen = newterm(NULL, term->frame, stdin);
	leave_locale(before);
	if (!term->screen)
		return -ENOTTY;
	/* A terminal that cannot place its cursor shows no screen. */
	if (!tgetstr("cm", &area)) {
		stop_curses(term);
		return -ENOTTY;
	}
	make_undo(term);
	read_size(ui);
	resizeterm(ui->rows, ui->cols);
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	typeahead(-1);
	intrflush(stdscr, FALSE);
	leaveok(stdscr, FALSE);
	mouseinterval(0);
	ui->color = !getenv("NO_COLOR") && has_colors();
	if (ui->color) {
		start_color();
		use_default_colors();
		ui->pairs_side = make_pairs();
	}
	quantize_init(&ui->quantizer, ui->color ? COLORS : 0);
	return 0;
}

static void free_locale(struct ui_term *term)
{
	if (term->glyphs.locale)
		freelocale(term->glyphs.locale);
}

int ui_term_open(struct ui *ui)
{
	struct ui_term *term = calloc(1, sizeof(*term));
	int err;

	if (!term)
		return -ENOMEM;
	ui->term = term;
	glyphs_init(&term->glyphs, glyphs_locale());
	ui->glyphs = &term->glyphs;
	output_open(&term->out, STDOUT_FILENO);
	err = term_raw(STDIN_FILENO);
	if (!err)
		err = start_curses(ui);
	if (!err) {
		term_undo(term->out.fd, undo, term);
		err = term_guard();
		if (err)
			stop_curses(term);
	}
	if (err) {
		term_undo(-1, NULL, NULL);
		term_restore();
		goto failed;
	}
	term->writer = loop_writer(ui->loop, term->out.fd, LOOP_KEYS, on_writable, ui);
	if (!term->writer || !ui_input_open(ui, glyphs_typed(ui->glyphs))) {
		ui_term_close(ui);
		return -ENOMEM;
	}
	ui_term_mouse(ui, ui->config->mouse);
	ui_term_put(ui, paste_on, sizeof(paste_on) - 1);
	return 0;

failed:
	if (term->frame)
		fclose(term->frame);
	output_close(&term->out);
	free_locale(term);
	free(term);
	ui->term = NULL;
	return err;
}

static void leave(struct ui *ui)
{
	ui_term_put(ui, paste_off, sizeof(paste_off) - 1);
	mousemask(0, NULL);
	endwin();
	push_all(ui->term);
	term_undo(-1, NULL, NULL);
	term_restore();
}

void ui_term_again(struct ui *ui)
{
	/* So that curses sets up all of it; what it was, it is no more. */
	endwin();
	drop(ui->term);
	term_again();
	ui_term_resized(ui);
	ui_term_refresh(ui);
	ui_term_mouse(ui, ui->mouse);
	ui_term_put(ui, paste_on, sizeof(paste_on) - 1);
}

void ui_term_close(struct ui *ui)
{
	struct ui_term *term = ui->term;

	if (!term)
		return;
	leave(ui);
	term_unguard();
	ui_input_close(ui);
	loop_event_free(term->writer);
	delscreen(term->screen);
	fclose(term->frame);
	output_close(&term->out);
	free(term->buf);
	free_locale(term);
	free(term);
	ui->term = NULL;
}
