// SPDX-License-Identifier: GPL-2.0-only
/* Packed lines come back as they were, and have a bound. */
#include "cmocka_all.h"

#include "vt/lines.h"

static const struct vt_color none = { .kind = VT_COLOR_DEFAULT };

static void put_text(struct vt_cell *cells, const char *text)
{
	for (int i = 0; text[i]; i++)
		cells[i] = (struct vt_cell){ .chars = { (unsigned char)text[i] }, .width = 1 };
}

static bool same_color(const struct vt_color *a, const struct vt_color *b)
{
	return a->kind == b->kind && (a->kind != VT_COLOR_INDEXED || a->index == b->index) &&
	       (a->kind != VT_COLOR_RGB ||
		(a->red == b->red && a->green == b->green && a->blue == b->blue));
}

static void expect_same(const struct vt_cell *a, const struct vt_cell *b)
{
	for (int i = 0; i < VT_CHARS; i++) {
		assert_int_equal(a->chars[i], b->chars[i]);
		if (!a->chars[i])
			break;
	}
	assert_int_equal(a->width, b->width);
	assert_int_equal(a->attrs, b->attrs);
	assert_true(same_color(&a->fg, &b->fg) && same_color(&a->bg, &b->bg));
}

static struct vt_color random_color(unsigned int *seed)
{
	uint32_t value = (uint32_t)rand_r(seed);

	switch (value % 5) {
	case 0:
		return (struct vt_color){ .kind = VT_COLOR_INDEXED, .index = (uint8_t)(value >> 8) };
	case 1:
		return (struct vt_color){ .kind = VT_COLOR_RGB, 0, (uint8_t)(value >> 8), 2,
					  (uint8_t)(value >> 16) };
	default:
		return none;
	}
}

static int random_line(struct vt_cell *cells, int cols, unsigned int *seed)
{
	static const uint32_t chars[] = { 0, ' ', 'a', 0xe4, 0x20ac, 0x1f600, 0x10ffff };
	struct vt_color fg = none, bg = none;
	uint8_t attrs = 0;
	int col = 0;

	while (col < cols) {
		struct vt_cell *cell = &cells[col];

		if (rand_r(seed) % 4 == 0) {
			fg = random_color(seed);
			bg = random_color(seed);
			attrs = (uint8_t)rand_r(seed);
		}
		*cell = (struct vt_cell){ .width = 1, .attrs = attrs, .fg = fg, .bg = bg };
		cell->chars[0] = chars[(size_t)rand_r(seed) % ROWS(chars)];
		for (int i = 1; cell->chars[0] && i < rand_r(seed) % (VT_CHARS + 1); i++)
			cell->chars[i] = 0x301;
		if (cell->chars[0] && col + 1 < cols && rand_r(seed) % 4 == 0) {
			cell->width = 2;
			cells[col + 1] = *cell;
			cells[col + 1].chars[0] = 0;
			cells[++col].width = 0;
		}
		col++;
	}
	return cols;
}

static void test_lines_come_back_as_they_were(void **state)
{
	struct vt_cell in[200], out[200];
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct lines *lines = lines_new(4);
		int used = random_line(in, rand_r(&seed) % 200, &seed);
		bool wraps = rand_r(&seed) % 2;
		bool was;

		lines_push(lines, in, used, wraps);
		assert_int_equal(lines_used(lines, 0), used);
		assert_int_equal(lines_wraps(lines, 0), wraps);
		lines_get(lines, 0, out, 200);
		for (int col = 0; col < used; col++)
			expect_same(&out[col], &in[col]);
		for (int col = used; col < 200; col++)
			expect_same(&out[col], &(struct vt_cell){ .width = 1 });
		/* Cut: no half of a wide character is left. */
		if (used) {
			lines_get(lines, 0, out, used - 1);
			assert_true(used == 1 || out[used - 2].width < 2);
			assert_false(lines_pop(lines, out, used - 1, &was));
		}
		memset(out, 0, sizeof(out));
		assert_true(lines_pop(lines, out, 200, &was));
		assert_int_equal(was, wraps);
		for (int col = 0; col < used; col++)
			expect_same(&out[col], &in[col]);
		assert_int_equal(lines_count(lines), 0);
		assert_int_equal(lines_total(lines), 0);
		assert_false(lines_pop(lines, out, 200, &was));
		lines_free(lines);
	}
}

static void test_the_newest_lines_are_kept_in_order(void **state)
{
	struct lines *lines = lines_new(100);
	struct vt_cell cells[10];

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		char text[10];

		snprintf(text, sizeof(text), "%u", i);
		put_text(cells, text);
		lines_push(lines, cells, (int)strlen(text), false);
		assert_int_equal(lines_count(lines), i < 100 ? i + 1 : 100);
		assert_int_equal(lines_total(lines), i + 1);
		for (size_t age = 0; age < lines_count(lines); age += 7) {
			snprintf(text, sizeof(text), "%u", (unsigned int)(i - age));
			lines_get(lines, age, cells, 10);
			for (size_t c = 0; text[c]; c++)
				assert_int_equal(cells[c].chars[0], text[c]);
		}
	}
	lines_free(lines);
}

static void test_a_plain_line_costs_about_its_length(void **state)
{
	struct lines *lines = lines_new(1000);
	struct vt_cell cells[80];
	size_t before;

	(void)state;
	for (int i = 0; i < 80; i++)
		put_text(cells + i, "x");
	for (int i = 0; i < 1000; i++)
		lines_push(lines, cells, 80, false);
	before = lines_memory(lines);
	assert_in_range(before, 80 * 1000, 80 * 1000 + 40 * 1000);
	for (int i = 0; i < 1000; i++)
		lines_push(lines, cells, 80, false);
	assert_int_equal(lines_memory(lines), before);
	lines_free(lines);
}

static void test_memory_has_a_bound_whatever_is_in_the_lines(void **state)
{
	struct lines *lines = lines_new(1000);
	static struct vt_cell cells[VT_COLS_MAX];
	unsigned int seed = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		for (int col = 0; col < VT_COLS_MAX; col++)
			cells[col] = (struct vt_cell){
				.chars = { 0x10ffff, 0x301, 0x301, 0x301, 0x301 },
				.width = 1,
				.fg = { VT_COLOR_RGB, 0, (uint8_t)rand_r(&seed), (uint8_t)i,
					(uint8_t)col },
			};
		lines_push(lines, cells, VT_COLS_MAX, true);
		assert_true(lines_memory(lines) <= 1000 * (LINES_BYTES + 32) + 4096);
	}
	assert_true(lines_count(lines) >= 10);
	lines_free(lines);
}

static void test_no_scrollback_is_none(void **state)
{
	struct lines *lines = lines_new(0);
	struct vt_cell cells[1] = { { .chars = { 'x' }, .width = 1 } };

	(void)state;
	lines_push(lines, cells, 1, false);
	assert_int_equal(lines_count(lines), 0);
	assert_int_equal(lines_total(lines), 1);
	lines_free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_come_back_as_they_were),
		cmocka_unit_test(test_the_newest_lines_are_kept_in_order),
		cmocka_unit_test(test_a_plain_line_costs_about_its_length),
		cmocka_unit_test(test_memory_has_a_bound_whatever_is_in_the_lines),
		cmocka_unit_test(test_no_scrollback_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
