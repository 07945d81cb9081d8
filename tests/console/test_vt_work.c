// SPDX-License-Identifier: GPL-2.0-only
/* A guest's screen: what a guest can have it do with a few bytes has a bound. */
#include <stdlib.h>

#include "vt/grid.h"
#include "vt_fixture.h"

/* How many rows were looked at, whether they are blank. */
static unsigned int looked_at;

bool __real_grid_is_blank(const struct grid *grid, int row);
bool __wrap_grid_is_blank(const struct grid *grid, int row);

bool __wrap_grid_is_blank(const struct grid *grid, int row)
{
	looked_at++;
	return __real_grid_is_blank(grid, row);
}

/* A few bytes that fill the screen are obeyed so often only. */
static void test_the_screen_is_filled_so_often_only(void **state)
{
	struct vt *vt = make(24, 80, 100);
	static char text[80000];

	(void)state;
	for (size_t i = 0; i + 8 < sizeof(text); i += 8)
		memcpy(text + i, "a\033[9999b", 8);
	vt_write(vt, text, sizeof(text) - 8);
	assert_in_range(vt_scrolled(vt), 1000, 5000);
	write_text(vt, "\033c\033#8");
	assert_int_equal(cell(vt, 23, 79).chars[0], 'E');
	vt_free(vt);
	/* One screen is always allowed. */
	vt = make(VT_ROWS_MAX, VT_COLS_MAX, 0);
	write_text(vt, "\033#8");
	assert_int_equal(cell(vt, 499, 999).chars[0], 'E');
	vt_free(vt);
}

/* A piece full of this. */
static void write_piece(struct vt *vt, const char *text)
{
	static char piece[16384];
	size_t len = 0;

	for (; len + strlen(text) < sizeof(piece); len += strlen(text))
		strcpy(piece + len, text);
	write_text(vt, piece);
}

/* What touches each cell of the screen: by how many columns it moves, rows that leave. */
static void test_cells_are_moved_so_often_only(void **state)
{
	struct vt *vt = make(VT_ROWS_MAX, VT_COLS_MAX, 10000);

	(void)state;
	write_text(vt, "\033[100G*");
	write_piece(vt, "\033[ @");
	assert_in_range(strcspn(line(vt, 0), "*"), 90, 98);
	write_piece(vt, "\033[ A");
	write_piece(vt, "\033[ A");
	assert_in_range(strcspn(line(vt, 0), "*"), 92, 110);
	write_text(vt, "\033c\033[41m");
	write_piece(vt, "\033[500S");
	assert_in_range(vt_scrolled(vt), VT_ROWS_MAX, 10 * VT_ROWS_MAX);
	write_text(vt, "\033c\033[?69h\033[;999s\033[11;9H*");
	write_piece(vt, "\033[H\033[M");
	assert_in_range(strspn(screen(vt), "|"), 1, 9);
	/* What is not protected is there still. */
	write_text(vt, "\033c\033V*\033W");
	write_piece(vt, "\033[Hx\033[2J");
	assert_string_equal(line(vt, 0), "x");
	write_text(vt, "\033[2J");
	assert_string_equal(line(vt, 0), "");
	vt_free(vt);
}

/* Lines in a part of a large screen, and forms: nothing of them is left out. */
static void test_what_programs_do_is_below_the_bound(void **state)
{
	struct vt *vt = make(60, 400, 100);
	uint64_t scrolled;
	char text[100];

	(void)state;
	write_text(vt, "\033[?69h\033[2;120s");
	vt_begin(vt);
	for (int i = 1; i <= 200; i++)
		vt_write(vt, text, (size_t)sprintf(text, "\r\n%0*d", 60, i));
	for (int row = 0; row < 60; row++)
		assert_int_equal(atoi(line(vt, row)), row + 141);
	write_text(vt, "\033c\033V*\033W\n");
	vt_begin(vt);
	for (int i = 1; i <= 20; i++)
		vt_write(vt, text, (size_t)sprintf(text, "\033[2J%d\b", i % 10));
	assert_string_equal(line(vt, 1), " 0");
	write_text(vt, "\033c");
	scrolled = vt_scrolled(vt);
	vt_begin(vt);
	for (int i = 1; i <= 200; i++)
		vt_write(vt, text, (size_t)sprintf(text, "\033[3S\033[58H%d\n%d\n%d", i, i, i));
	assert_int_equal(vt_scrolled(vt), 600 + scrolled);
	write_text(vt, "\033c\033[4h");
	write_piece(vt, "x\r");
	vt_write(vt, "b\ra\r", 4);
	assert_memory_equal(line(vt, 0), "abx", 3);
	vt_free(vt);
}

/* Below the screen there may be many blank rows: not each blank at an end looks at all of them. */
static void test_a_hidden_row_of_blanks_is_soon_read(void **state)
{
	struct vt *vt = make(100, 200, 0);
	char text[400];

	(void)state;
	write_text(vt, "\033[50Hx\033[200G \033[H");
	assert_int_equal(vt_resize(vt, 10, 200), 0);
	assert_int_equal(vt_hidden(vt), 40);
	looked_at = 0;
	assert_int_equal(vt_row_text(vt, 49, text, sizeof(text), NULL), 1);
	assert_string_equal(text, "x");
	assert_in_range(looked_at, 1, 500);
	vt_free(vt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_screen_is_filled_so_often_only),
		cmocka_unit_test(test_cells_are_moved_so_often_only),
		cmocka_unit_test(test_what_programs_do_is_below_the_bound),
		cmocka_unit_test(test_a_hidden_row_of_blanks_is_soon_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
