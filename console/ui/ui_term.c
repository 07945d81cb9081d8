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

/* Keys in one turn: a paste is long. */
#define KEYS_PER_TURN 2048

static const char paste_on[] = "\033[?2004h";
static const char paste_off[] = "\033[?2004l";

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
	struct loop_event *keys;
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

/* Everything written, or an error that no retry helps. */
static bool push(struct ui_term *term)
{
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
	return ui->term->tail;
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

static const struct {
	int curses;
	uint32_t code;
	unsigned int mods;
} special[] = {
	{ KEY_UP, KEY_CODE_UP, 0 },
	{ KEY_DOWN, KEY_CODE_DOWN, 0 },
	{ KEY_LEFT, KEY_CODE_LEFT, 0 },
	{ KEY_RIGHT, KEY_CODE_RIGHT, 0 },
	{ KEY_SR, KEY_CODE_UP, VT_SHIFT },
	{ KEY_SF, KEY_CODE_DOWN, VT_SHIFT },
	{ KEY_SLEFT, KEY_CODE_LEFT, VT_SHIFT },
	{ KEY_SRIGHT, KEY_CODE_RIGHT, VT_SHIFT },
	{ KEY_IC, KEY_CODE_INSERT, 0 },
	{ KEY_DC, KEY_CODE_DELETE, 0 },
	{ KEY_HOME, KEY_CODE_HOME, 0 },
	{ KEY_END, KEY_CODE_END, 0 },
	{ KEY_PPAGE, KEY_CODE_PAGE_UP, 0 },
	{ KEY_NPAGE, KEY_CODE_PAGE_DOWN, 0 },
	{ KEY_BTAB, KEY_CODE_BACKTAB, 0 },
	{ KEY_BACKSPACE, KEY_BACKSPACE_CODE, 0 },
	{ KEY_ENTER, KEY_ENTER_CODE, 0 },
};

/* Keys with Ctrl and the like have names of their own: kUP5 is Ctrl-Up. */
static bool modified(int curses, uint32_t *code, unsigned int *mods)
{
	static const struct {
		const char *name;
		uint32_t code;
	} keys[] = {
		{ "kUP", KEY_CODE_UP },	      { "kDN", KEY_CODE_DOWN },
		{ "kLFT", KEY_CODE_LEFT },    { "kRIT", KEY_CODE_RIGHT },
		{ "kHOM", KEY_CODE_HOME },    { "kEND", KEY_CODE_END },
		{ "kPRV", KEY_CODE_PAGE_UP }, { "kNXT", KEY_CODE_PAGE_DOWN },
		{ "kIC", KEY_CODE_INSERT },   { "kDC", KEY_CODE_DELETE },
	};
	const char *name = keyname(curses);

	for (size_t i = 0; name && i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].name);

		if (strncmp(name, keys[i].name, len) || name[len] < '2' || name[len] > '8')
			continue;
		*code = keys[i].code;
		/* As xterm counts them: 1 more than the sum of 1, 2 and 4. */
		*mods = (unsigned int)(name[len] - '1');
		return true;
	}
	return false;
}

static void special_key(struct ui *ui, int curses)
{
	unsigned int mods = 0;
	uint32_t code;

	switch (curses) {
	case KEY_PASTE_BEGIN:
		ui_paste_begin(ui);
		return;
	case KEY_PASTE_END:
		ui_paste_end(ui);
		return;
	case KEY_MOUSE:
		ui_mouse(ui);
		return;
	case KEY_RESIZE:
		return;
	}
	if (curses >= KEY_F(1) && curses <= KEY_F(12)) {
		ui_key(ui, KEY_CODE_F1 + (uint32_t)(curses - KEY_F(1)), 0);
		return;
	}
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (special[i].curses == curses) {
			ui_key(ui, special[i].code, special[i].mods);
			return;
		}
	}
	if (modified(curses, &code, &mods))
		ui_key(ui, code, mods);
}

bool ui_term_has_keys(void)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&keys, 1, 0) == 1 && keys.revents & POLLIN;
}

static void on_keys(void *arg)
{
	struct ui *ui = arg;
	struct pollfd hangup = { .fd = STDIN_FILENO };
	int kind = ERR;
	wint_t ch;

	for (int i = 0; i < KEYS_PER_TURN; i++) {
		kind = get_wch(&ch);
		if (kind == ERR)
			break;
		if (kind == KEY_CODE_YES)
			special_key(ui, (int)ch);
		else
			ui_key(ui, (uint32_t)ch, 0);
		if (!ui->term)
			return;
	}
	if (kind == ERR && poll(&hangup, 1, 0) == 1)
		ui_leave(ui, STATUS_SIGNAL + SIGHUP);
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
	set_escdelay(25);
	before = enter_locale(term);
	term->screen = newterm(NULL, term->frame, stdin);
	leave_locale(before);
	if (!term->screen)
		return -ENOTTY;
	/* A terminal that cannot place its cursor shows no screen. */
	if (!tgetstr("cm", &area)) {
		endwin();
		delscreen(term->screen);
		return -ENOTTY;
	}
	read_size(ui);
	resizeterm(ui->rows, ui->cols);
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	typeahead(-1);
	intrflush(stdscr, FALSE);
	leaveok(stdscr, FALSE);
	mouseinterval(0);
	define_key("\033[200~", KEY_PASTE_BEGIN);
	define_key("\033[201~", KEY_PASTE_END);
	ui->color = !getenv("NO_COLOR") && has_colors();
	if (ui->color) {
		start_color();
		use_default_colors();
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
	err = term_raw(STDIN_FILENO, STDOUT_FILENO);
	if (!err) {
		term_full_screen();
		err = term_guard();
	}
	if (!err)
		err = start_curses(ui);
	if (err) {
		term_unguard();
		term_restore();
		goto failed;
	}
	term->writer = loop_writer(ui->loop, term->out.fd, LOOP_KEYS, on_writable, ui);
	term->keys = loop_reader(ui->loop, STDIN_FILENO, LOOP_KEYS, on_keys, ui);
	if (!term->writer || !term->keys) {
		ui_term_close(ui);
		return -ENOMEM;
	}
	loop_on(term->keys);
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

void ui_term_leave(struct ui *ui)
{
	ui_term_put(ui, paste_off, sizeof(paste_off) - 1);
	mousemask(0, NULL);
	endwin();
	push_all(ui->term);
	term_restore();
}

void ui_term_again(struct ui *ui)
{
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
	ui_term_leave(ui);
	term_unguard();
	loop_event_free(term->keys);
	loop_event_free(term->writer);
	delscreen(term->screen);
	fclose(term->frame);
	output_close(&term->out);
	free(term->buf);
	free_locale(term);
	free(term);
	ui->term = NULL;
}
