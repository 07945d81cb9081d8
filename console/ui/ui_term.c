// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_term.h"

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
#include "vt/glyphs.h"

/* When leaving, how long the terminal may take nothing of the last bytes. */
#define LAST_MS 1000

static const char paste_on[] = "\033[?2004h";
static const char paste_off[] = "\033[?2004l";

/* Room to leave the alternate screen; terminals need less. */
#define UNDO_SIZE 256

struct ui_term {
	struct output out;
	FILE *frame; /* curses draws into this */
	SCREEN *screen;
	struct glyphs glyphs;
	char *buf; /* what is still to be written: from head to tail */
	size_t size;
	size_t head;
	size_t tail;
	struct loop_event *writer;
	void (*drained)(struct ui *ui);
	char undo[UNDO_SIZE]; /* leaves the screen where curses cannot be called, as in a handler */
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

/* Appends what curses has drawn to what is to be written. */
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

/* Drops what was for a screen that was left since. */
static void drop(struct ui_term *term)
{
	collect(term);
	term->head = 0;
	term->tail = 0;
}

/* False: the terminal takes no more now. True: all is written, or no retry would help. */
static bool push(struct ui_term *term)
{
	/* It was for a screen that was left since. */
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
		ui->term->drained(ui);
}

void ui_term_flush(struct ui *ui)
{
	collect(ui->term);
	if (!push(ui->term))
		loop_on(ui->term->writer);
}

bool ui_term_busy(const struct ui *ui)
{
	/* Without a terminal nothing is drawn any more. */
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

/* Waits for the terminal, but not forever for one that takes nothing. */
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
	/* curses cannot have a window without lines. */
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
 * curses writes in the locale of the operator's terminal, which also decides how it draws
 * lines. Everything else here is UTF-8.
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

/* From the bottom line on, for terminals with one screen. Padding ("$<5>") is left out. */
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
 * With few colours, sets up a pair for each two of them, the default one included: alloc_pair()
 * reuses pairs that are on the screen when it runs out. Returns the number of these colours;
 * 0: there are too few pairs, or there is no need.
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
	/* The screen needs a cursor that can be moved. */
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

int ui_term_open(struct ui *ui, void (*drained)(struct ui *ui))
{
	struct ui_term *term = calloc(1, sizeof(*term));
	int err;

	if (!term)
		return -ENOMEM;
	term->drained = drained;
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
	if (!term->writer) {
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
	/* Has curses set up the terminal from scratch: the shell may have changed all of it. */
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
	loop_event_free(term->writer);
	delscreen(term->screen);
	fclose(term->frame);
	output_close(&term->out);
	free(term->buf);
	free_locale(term);
	free(term);
	ui->term = NULL;
}
