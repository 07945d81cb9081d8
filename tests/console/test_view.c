// SPDX-License-Identifier: GPL-2.0-only
/* What a guest that is looked at can make its screen do by a piece of its output. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/loop.h"
#include "guests/guest.h"
#include "source/feed.h"
#include "ui/view.h"

#define HEIGHT 24
#define WIDTH 80
#define SCROLLBACK 5000

/* As is read at once. */
#define PIECE 16384

/* What it was answered, each time. */
static unsigned int answers;

void __wrap_guest_typed(struct guest *guest);
void __wrap_guest_typed(struct guest *guest)
{
	(void)guest;
	answers++;
}

static struct loop *loop;

static bool no_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

/* What comes of each write to it and of each break: 0: nothing fits now, or a negative errno. */
static int fate;

/* The last message for the operator. */
static char told[512];

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

static ssize_t on_write(struct source *src, const void *buf, size_t len)
{
	(void)src;
	(void)buf;
	(void)len;
	return fate ? fate : -EAGAIN;
}

static int on_break(struct source *src)
{
	(void)src;
	return fate ? fate : -EAGAIN;
}

static void on_changed(struct view *view, void *arg)
{
	(void)view;
	(void)arg;
}

static void on_say(struct view *view, const char *text, void *arg)
{
	(void)view;
	(void)arg;
	snprintf(told, sizeof(told), "%s", text);
}

static const struct source_ops source_ops = {
	.facts = on_facts,
	.read = on_read,
	.seek = on_seek,
	.write = on_write,
	.send_break = on_break,
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

static struct view *look_at_source(struct guest *guest, struct source *src, bool fit)
{
	const struct terminal terminal = { .fit = fit, .rows = HEIGHT, .cols = WIDTH };
	struct view *view;

	*guest = (struct guest){
		.loop = loop,
		.src = src,
		.state = GUEST_LIVE,
		.scanned = UINT64_MAX,
	};
	answers = 0;
	view = view_get(guest, &terminal, SCROLLBACK, &view_ops, NULL);
	assert_non_null(view);
	return view;
}

static struct view *look_at(struct guest *guest, bool fit)
{
	static struct source src = { .ops = &source_ops, .fd = -1 };

	return look_at_source(guest, &src, fit);
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

/* Types a byte and a break; both are refused for this reason. */
static void refuses(struct view *view, const char *why)
{
	told[0] = '\0';
	assert_false(view_send(view, "x", 1));
	assert_non_null(strstr(told, why));
	told[0] = '\0';
	assert_false(view_break(view));
	assert_non_null(strstr(told, why));
}

static void test_what_refuses_a_key_is_told(void **state)
{
	static const int fates[] = { -EIO, -ENODEV };
	static const char *const whys[] = { "Input/output error", "any more" };
	static struct source src = { .ops = &source_ops };

	(void)state;
	loop = loop_new();
	assert_non_null(loop);
	src.fd = eventfd(0, EFD_CLOEXEC);
	assert_true(src.fd >= 0);
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
		struct guest guest;
		struct view *view = look_at_source(&guest, &src, false);

		no_memory = true;
		assert_false(view_send(view, "x", 1));
		no_memory = false;
		assert_non_null(strstr(told, "Cannot allocate memory"));
		/* Too long for the queue, of which the size alone is looked at. */
		assert_false(view_send(view, "x", VIEW_QUEUE + 1));
		assert_non_null(strstr(told, "0 of at most 65536 KiB are waiting"));
		for (int j = 0; j < FEED_BREAKS; j++)
			assert_true(view_break(view));
		assert_false(view_break(view));
		assert_non_null(strstr(told, "too many breaks wait"));
		fate = fates[i];
		view_flush(view);
		refuses(view, whys[i]);
		fate = 0;
		view_put(view);
	}
	close(src.fd);
	loop_free(loop);
	loop = NULL;
}

static int refuse_input(struct source *src, enum source_act act, struct source_input *input)
{
	(void)src;
	(void)act;
	(void)input;
	return -EACCES;
}

static void test_why_the_input_is_not_taken_nor_released_is_told(void **state)
{
	static const struct source_ops ops = { .facts = on_facts, .input = refuse_input };
	static struct source src = { .ops = &ops, .fd = -1 };
	static const enum source_act acts[] = { SOURCE_SEIZE, SOURCE_GIVE };
	static const char *const whys[] = {
		"web1: cannot take the input: Permission denied",
		"web1: cannot release the input: Permission denied",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		struct guest guest;
		struct view *view = look_at_source(&guest, NULL, false);

		/* It has no source before it comes. */
		snprintf(guest.origin.name, sizeof(guest.origin.name), "web1");
		guest.state = GUEST_AWAY;
		view_input(view, acts[i]);
		assert_string_equal(told, "web1 is away: nobody can hold its input");
		guest.state = GUEST_LIVE;
		guest.src = &src;
		view_input(view, acts[i]);
		assert_string_equal(told, whys[i]);
		guest.src = NULL;
		view_put(view);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_that_fill_the_screen_are_obeyed_so_often_only),
		cmocka_unit_test(test_the_history_may_change_the_size_too),
		cmocka_unit_test(test_what_refuses_a_key_is_told),
		cmocka_unit_test(test_why_the_input_is_not_taken_nor_released_is_told),
		cmocka_unit_test(test_questions_in_lines_are_answered_so_often_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
