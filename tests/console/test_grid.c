// SPDX-License-Identifier: GPL-2.0-only
/* The cells of a screen: both halves of a wide character are there, or none is. */
#include "cmocka_all.h"

#include <stdlib.h>

#include "vt/grid.h"

#define GRIDS 2000
#define STEPS 60

static const struct vt_color plain = { .kind = VT_COLOR_DEFAULT };

/* From 0 to before @end. */
static int any(int end)
{
	return rand() % end;
}

static struct grid_rect any_rect(const struct grid *grid)
{
	return (struct grid_rect){ any(grid->rows + 1), any(grid->rows + 1), any(grid->cols + 1),
				   any(grid->cols + 1) };
}

/* As far as the grid goes, and one further. */
static int any_way(int size)
{
	return any(2 * size + 3) - size - 1;
}

static void do_something(struct grid *grid)
{
	const struct vt_cell cell = { .chars = { 'x' }, .width = (uint8_t)(1 + any(2)) };

	switch (any(6)) {
	case 0:
		grid_erase(grid, any_rect(grid), plain);
		break;
	case 1:
		grid_scroll(grid, any_rect(grid), any_way(grid->rows), 0, plain);
		break;
	case 2:
		grid_scroll(grid, any_rect(grid), 0, any_way(grid->cols), plain);
		break;
	default:
		grid_put(grid, any(grid->rows), any(grid->cols), &cell);
		break;
	}
}

static void expect_whole(const struct grid_row *row)
{
	for (int col = 0; col < row->used; col++) {
		if (row->cells[col].width == 2)
			assert_true(col + 1 < row->used && !row->cells[col + 1].width);
		if (!row->cells[col].width)
			assert_true(col && row->cells[col - 1].width == 2);
	}
}

static void test_no_half_of_a_wide_character_is_left(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < GRIDS; i++) {
		struct grid *grid = grid_new(1 + any(5), 2 + any(9));

		assert_non_null(grid);
		for (int step = 0; step < STEPS; step++) {
			do_something(grid);
			for (int row = 0; row < grid->rows; row++)
				expect_whole(grid->row[row]);
		}
		grid_free(grid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_half_of_a_wide_character_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
