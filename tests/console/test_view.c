// SPDX-License-Identifier: GPL-2.0-only
/* What a guest that is looked at can make its screen do by a piece of its output. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "guests/fleet.h"
#include "ui/view.h"

#define HEIGHT 24
#define WIDTH 80
#define SCROLLBACK 5000

/* As is read at once. */
#define PIECE 16384

/* What it was answered, each time. */
static unsigned int answers;

void __wrap_fleet_typed(struct guest *guest);
void __wrap_fleet_typed(struct guest *guest)
{
	(void)guest;
	answers++;
}

/* What it has printed before. */
static const char *history = "";

static int on_facts(struct source *src, struct source_facts *facts)
{
	(void)src;
	*facts = (struct source_facts){ .live = true, .tx_newest = strlen(history) };
	return 0;
}

static ssize_t on_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	size_t n = strlen(history);

	(void)src;
	assert_in_range(n, 1, len);
	memcpy(buf, history, n);
	*skipped = 0;
	return (ssize_t)n;
}

static int on_seek(struct source *src, uint64_t pos)
{
	(void)src;
	return pos ? -EINVAL : 0;
}

static void on_changed(struct view *view, void *arg)
{
	(void)view;
	(void)arg;
}

static void on_say(struct view *view, const char *text, void *arg)
{
	(void)view;
	(void)text;
	(void)arg;
}

static const struct source_ops source_ops = {
	.facts = on_facts,
	.read = on_read,
	.seek = on_seek,
};
static const struct view_ops view_ops = { .changed = on_changed, .say = on_say };

/* The guest has printed a piece full of this. */
static void print(struct guest *guest, const char *text)
{
	unsigned char piece[PIECE];
	size_t len = 0;

	for (; len + strlen(text) <= PIECE; len += strlen(text))
		memcpy(piece + len, text, strlen(text));
	guest->bytes(0, piece, len, 0, guest->bytes_arg);
}

/* From this row on. */
static uint64_t cells_filled(const struct vt *vt, long row)
{
	static struct vt_cell cells[WIDTH];
	uint64_t filled = 0;

	for (; row < HEIGHT; row++) {
		assert_true(vt_row(vt, row, cells));
		for (int col = 0; col < WIDTH; col++)
			filled += cells[col].chars[0] == 'x';
	}
	return filled;
}

static struct view *look_at(struct guest *guest, bool fit)
{
	const struct terminal terminal = { .fit = fit, .rows = HEIGHT, .cols = WIDTH };
	static struct source src = { .ops = &source_ops, .fd = -1 };
	struct view *view;

	*guest = (struct guest){ .src = &src, .state = GUEST_LIVE, .scanned = UINT64_MAX };
	answers = 0;
	view = view_get(guest, &terminal, SCROLLBACK, &view_ops, NULL);
	assert_non_null(view);
	return view;
}

/* A line of nine bytes is a thousand cells: nearly two million, if each of them were obeyed. */
static void test_lines_that_fill_the_screen_are_obeyed_so_often_only(void **state)
{
	struct guest guest;
	struct view *view = look_at(&guest, false);

	(void)state;
	print(&guest, "x\033[999b\r\n");
	assert_in_range(cells_filled(view->vt, -(long)vt_scrollback(view->vt)), 1 << 16,
			(1 << 18) + PIECE);
	assert_in_range(cells_filled(view->vt, 0), 1, HEIGHT);
	/* In the next piece there is room again. */
	print(&guest, "x\033[9b\r\n");
	assert_int_equal(cells_filled(view->vt, 0), 10 * (HEIGHT - 1));
	view_put(view);
}

static void test_questions_in_lines_are_answered_so_often_only(void **state)
{
	struct guest guest;
	struct view *view = look_at(&guest, false);

	(void)state;
	print(&guest, "\033[6n\n");
	assert_in_range(answers, 100, 2000);
	view_put(view);
}

/* What is no port is read at once when it is opened. */
static void test_the_history_may_change_the_size_too(void **state)
{
	int rows, cols;

	(void)state;
	history = "\033[?40h\033[?3hwide\033[1;132H!";
	for (int fit = 0; fit < 2; fit++) {
		struct guest guest;
		struct view *view = look_at(&guest, fit);

		assert_int_equal(guest.pos, strlen(history));
		vt_size(view->vt, &rows, &cols);
		assert_int_equal(cols, fit ? WIDTH : 132);
		view_put(view);
	}
	history = "";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_that_fill_the_screen_are_obeyed_so_often_only),
		cmocka_unit_test(test_the_history_may_change_the_size_too),
		cmocka_unit_test(test_questions_in_lines_are_answered_so_often_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
