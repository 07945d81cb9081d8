// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <string.h>

#include "ui/layout.h"

static struct layout_place places[LAYOUT_WINDOWS_MAX];

static const struct layout_place *of(const struct layout *layout, int window)
{
	size_t n = layout_places(layout, 24, 81, places);

	for (size_t i = 0; i < n; i++)
		if (places[i].window == window)
			return &places[i];
	return NULL;
}

static void test_a_split_halves_a_window(void **state)
{
	struct layout *layout = layout_new();
	int right;
	int below;

	(void)state;
	right = layout_split(layout, LAYOUT_RIGHT);
	assert_int_equal(of(layout, 0)->cols, 40);
	assert_int_equal(of(layout, right)->col, 41);
	assert_int_equal(of(layout, right)->cols, 40);
	assert_int_equal(layout_focus(layout), right);
	below = layout_split(layout, LAYOUT_DOWN);
	assert_int_equal(of(layout, right)->rows, 12);
	assert_int_equal(of(layout, below)->row, 12);
	assert_int_equal(layout_close(layout), below);
	assert_int_equal(of(layout, right)->rows, 24);
	assert_int_equal(layout_close(layout), right);
	assert_int_equal(of(layout, 0)->cols, 81);
	assert_int_equal(layout_close(layout), -1);
	layout_free(layout);
}

/* Every cell belongs to one window, or to the border between two. */
static void test_a_grid_fills_the_screen(void **state)
{
	(void)state;
	for (size_t count = 1; count <= LAYOUT_WINDOWS_MAX - 1; count++) {
		struct layout *layout = layout_new();
		int windows[LAYOUT_WINDOWS_MAX];
		static char cells[100][200];
		size_t n;

		assert_int_equal(layout_grid(layout, count, windows), count);
		memset(cells, 0, sizeof(cells));
		n = layout_places(layout, 100, 200, places);
		assert_int_equal(n, count);
		for (size_t i = 0; i < n; i++) {
			for (int row = 0; row < places[i].rows; row++) {
				for (int col = 0; col < places[i].cols; col++) {
					char *cell =
						&cells[places[i].row + row][places[i].col + col];

					assert_int_equal(*cell, 0);
					*cell = 1;
				}
			}
			/* Nearly the same size. */
			assert_in_range(places[i].rows, 100 / 9 - 3, 100);
		}
		layout_free(layout);
	}
}

static void test_focus_moves_to_the_side(void **state)
{
	struct layout *layout = layout_new();
	int right = layout_split(layout, LAYOUT_RIGHT);
	int below = layout_split(layout, LAYOUT_DOWN);

	(void)state;
	layout_move(layout, LAYOUT_LEFT, 24, 81);
	assert_int_equal(layout_focus(layout), 0);
	layout_move(layout, LAYOUT_LEFT, 24, 81);
	assert_int_equal(layout_focus(layout), 0);
	layout_move(layout, LAYOUT_RIGHT, 24, 81);
	assert_int_equal(layout_focus(layout), right);
	layout_move(layout, LAYOUT_DOWN, 24, 81);
	assert_int_equal(layout_focus(layout), below);
	layout_next(layout, 1);
	assert_int_equal(layout_focus(layout), 0);
	layout_next(layout, -1);
	assert_int_equal(layout_focus(layout), below);
	layout_free(layout);
}

static void test_zoom_shows_one_window(void **state)
{
	struct layout *layout = layout_new();
	int right = layout_split(layout, LAYOUT_RIGHT);

	(void)state;
	layout_zoom(layout);
	assert_true(layout_zoomed(layout));
	assert_int_equal(layout_places(layout, 24, 81, places), 1);
	assert_int_equal(places[0].window, right);
	layout_next(layout, 1);
	assert_false(layout_zoomed(layout));
	layout_free(layout);
}

static void test_there_are_64_windows_and_16_tabs(void **state)
{
	struct layout *layout = layout_new();

	(void)state;
	for (int i = 1; i < LAYOUT_WINDOWS_MAX; i++)
		assert_true(layout_split(layout, i % 2 ? LAYOUT_RIGHT : LAYOUT_DOWN) >= 0);
	assert_int_equal(layout_split(layout, LAYOUT_RIGHT), -1);
	assert_int_equal(layout_tab_new(layout), -1);
	while (layout_close(layout) >= 0)
		;
	for (int i = 1; i < LAYOUT_TABS_MAX; i++)
		assert_true(layout_tab_new(layout) >= 0);
	assert_int_equal(layout_tab_new(layout), -1);
	layout_tab_go(layout, -1);
	assert_int_equal(layout_tab(layout), LAYOUT_TABS_MAX - 1);
	layout_free(layout);
}

/* Each of four windows in turn, on either side of both borders. */
static void test_the_focused_window_is_resized_on_either_side_of_its_border(void **state)
{
	struct layout *layout = layout_new();
	int windows[4];

	(void)state;
	assert_int_equal(layout_grid(layout, 4, windows), 4);
	for (int i = 0; i < 4; i++) {
		layout_set_focus(layout, windows[i]);
		layout_resize(layout, false, 10);
		assert_int_equal(of(layout, windows[i])->cols, 48);
		layout_resize(layout, false, -20);
		assert_int_equal(of(layout, windows[i])->cols, 32);
		layout_resize(layout, false, 10);
		layout_resize(layout, true, 25);
		assert_int_equal(of(layout, windows[i])->rows, 18);
		layout_resize(layout, true, -50);
		assert_int_equal(of(layout, windows[i])->rows, 6);
		layout_resize(layout, true, 25);
	}
	/* Some of the others stays, and some of it. */
	layout_resize(layout, false, 100);
	assert_int_equal(of(layout, windows[3])->cols, 72);
	layout_resize(layout, false, -100);
	assert_int_equal(of(layout, windows[3])->cols, 8);
	layout_free(layout);
}

static void test_a_layout_is_written_and_read(void **state)
{
	struct layout *layout = layout_new();
	struct layout *other = layout_new();
	char text[LAYOUT_TEXT_SIZE];
	char again[LAYOUT_TEXT_SIZE];

	(void)state;
	layout_split(layout, LAYOUT_RIGHT);
	layout_split(layout, LAYOUT_UP);
	layout_resize(layout, true, 10);
	layout_tab_new(layout);
	layout_write(layout, text);
	assert_true(layout_read(other, text));
	layout_write(other, again);
	assert_string_equal(text, again);
	layout_free(other);
	layout_free(layout);
}

static void test_a_malformed_layout_changes_nothing(void **state)
{
	static const char *const wrong[] = {
		"",
		"0",
		"1 [0 0]",
		"0 [1 0]",
		"0 [0 0",
		"0 [0 (|500 0 0)]",
		"0 [0 (|0 0 1)]",
		"0 [0 (|901 0 1)]",
		"0 [0 (x500 0 1)]",
		"0 [0 64]",
		"0 [0 0] [0 0]",
		"0 [0 0]x",
		"0 [0 ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
		"99999999999999999999 [0 0]",
	};
	struct layout *layout = layout_new();
	char before[LAYOUT_TEXT_SIZE];
	char after[LAYOUT_TEXT_SIZE];

	(void)state;
	layout_split(layout, LAYOUT_RIGHT);
	layout_write(layout, before);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (layout_read(layout, wrong[i]))
			fail_msg("taken: %s", wrong[i]);
		layout_write(layout, after);
		assert_string_equal(before, after);
	}
	layout_free(layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_split_halves_a_window),
		cmocka_unit_test(test_a_grid_fills_the_screen),
		cmocka_unit_test(test_focus_moves_to_the_side),
		cmocka_unit_test(test_zoom_shows_one_window),
		cmocka_unit_test(test_there_are_64_windows_and_16_tabs),
		cmocka_unit_test(test_the_focused_window_is_resized_on_either_side_of_its_border),
		cmocka_unit_test(test_a_layout_is_written_and_read),
		cmocka_unit_test(test_a_malformed_layout_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
