// SPDX-License-Identifier: GPL-2.0-only
/* Colours on terminals that have fewer. */
#include "cmocka_all.h"

#include "vt/quantize.h"

static struct vt_color rgb(uint8_t red, uint8_t green, uint8_t blue)
{
	return (struct vt_color){ VT_COLOR_RGB, 0, red, green, blue };
}

static struct vt_color indexed(uint8_t index)
{
	return (struct vt_color){ .kind = VT_COLOR_INDEXED, .index = index };
}

static const struct vt_color none = { .kind = VT_COLOR_DEFAULT };

static int to(int colors, struct vt_color color)
{
	static struct quantizer q;

	quantize_init(&q, colors);
	return quantize_color(&q, &color);
}

static const struct {
	struct vt_color color;
	int of_8, of_16, of_88, of_256;
} cases[] = {
	{ { VT_COLOR_DEFAULT, 0, 0, 0, 0 }, -1, -1, -1, -1 },
	{ { VT_COLOR_INDEXED, 1, 0, 0, 0 }, 1, 1, 1, 1 },
	{ { VT_COLOR_INDEXED, 9, 0, 0, 0 }, 1, 9, 9, 9 },
	{ { VT_COLOR_INDEXED, 15, 0, 0, 0 }, 7, 15, 15, 15 },
	{ { VT_COLOR_INDEXED, 231, 0, 0, 0 }, 7, 15, 79, 231 },
	{ { VT_COLOR_INDEXED, 196, 0, 0, 0 }, 1, 9, 64, 196 },
	{ { VT_COLOR_INDEXED, 232, 0, 0, 0 }, 0, 0, 16, 232 },
	{ { VT_COLOR_RGB, 0, 0, 0, 0 }, 0, 0, 16, 16 },
	{ { VT_COLOR_RGB, 0, 255, 255, 255 }, 7, 15, 79, 231 },
	{ { VT_COLOR_RGB, 0, 255, 0, 0 }, 1, 9, 64, 196 },
	{ { VT_COLOR_RGB, 0, 205, 0, 0 }, 1, 1, 48, 160 },
	{ { VT_COLOR_RGB, 0, 0, 0, 250 }, 4, 4, 19, 21 },
	{ { VT_COLOR_RGB, 0, 128, 128, 128 }, 7, 8, 37, 244 },
	{ { VT_COLOR_RGB, 0, 1, 250, 3 }, 2, 10, 28, 46 },
};

static void test_a_colour_becomes_the_one_that_looks_most_like_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		assert_int_equal(to(256, cases[i].color), cases[i].of_256);
		assert_int_equal(to(88, cases[i].color), cases[i].of_88);
		assert_int_equal(to(16, cases[i].color), cases[i].of_16);
		assert_int_equal(to(8, cases[i].color), cases[i].of_8);
		assert_int_equal(to(2, cases[i].color), -1);
	}
}

static void test_colours_that_there_are_become_themselves(void **state)
{
	static const uint8_t levels[] = { 0, 95, 135, 175, 215, 255 };

	(void)state;
	for (int i = 0; i < 216; i++)
		assert_int_equal(to(256, rgb(levels[i / 36], levels[i / 6 % 6], levels[i % 6])),
				 16 + i);
	for (int i = 0; i < 256; i++)
		assert_int_equal(to(256, indexed((uint8_t)i)), i);
}

static void test_the_cache_changes_nothing(void **state)
{
	static struct quantizer q, fresh;
	unsigned int seed = 1;

	(void)state;
	quantize_init(&q, 88);
	for (int i = 0; i < 2000; i++) {
		uint32_t value = (uint32_t)rand_r(&seed);
		struct vt_color color = rgb((uint8_t)value, (uint8_t)(value >> 8),
					    (uint8_t)(value >> 16));

		if (i % 100 == 0)
			quantize_init(&fresh, 88);
		for (int j = 0; j < QUANTIZE_CACHE; j++)
			fresh.cache[j].rgb = UINT32_MAX;
		assert_int_equal(quantize_color(&q, &color), quantize_color(&fresh, &color));
		assert_int_equal(quantize_color(&q, &color), quantize_color(&fresh, &color));
	}
}

static struct quantized of(int colors, uint8_t attrs, struct vt_color fg, struct vt_color bg)
{
	static struct quantizer q;
	const struct vt_cell cell = { .attrs = attrs, .fg = fg, .bg = bg };

	quantize_init(&q, colors);
	return quantize(&q, &cell);
}

static void test_attributes_stand_in_for_colours(void **state)
{
	struct quantized out;

	(void)state;
	out = of(8, VT_UNDERLINE, indexed(12), none);
	assert_true(out.fg == 4 && out.bg == -1 && out.attrs == (VT_UNDERLINE | VT_BOLD));
	out = of(16, 0, indexed(12), none);
	assert_true(out.fg == 12 && !out.attrs);
	out = of(0, 0, indexed(7), indexed(4));
	assert_true(out.fg == -1 && out.bg == -1 && out.attrs == VT_REVERSE);
	out = of(0, VT_REVERSE, none, indexed(4));
	assert_int_equal(out.attrs, 0);
	out = of(0, VT_BOLD, indexed(1), none);
	assert_int_equal(out.attrs, VT_BOLD);
}

static void test_text_can_still_be_told_from_its_background(void **state)
{
	static const int depths[] = { 8, 16, 88, 256 };
	unsigned int seed = 1;
	struct quantized out;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		uint32_t value = (uint32_t)rand_r(&seed);
		struct vt_color bg = rgb((uint8_t)value, (uint8_t)(value >> 8),
					 (uint8_t)(value >> 16));
		struct vt_color fg = bg;

		fg.green = (uint8_t)(fg.green + 1 + value % 3);
		out = of(depths[i % 4], 0, fg, bg);
		assert_int_not_equal(out.fg, out.bg);
	}
	/* Hidden is hidden. */
	out = of(8, 0, rgb(1, 2, 3), rgb(1, 2, 3));
	assert_int_equal(out.fg, out.bg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_colour_becomes_the_one_that_looks_most_like_it),
		cmocka_unit_test(test_colours_that_there_are_become_themselves),
		cmocka_unit_test(test_the_cache_changes_nothing),
		cmocka_unit_test(test_attributes_stand_in_for_colours),
		cmocka_unit_test(test_text_can_still_be_told_from_its_background),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
