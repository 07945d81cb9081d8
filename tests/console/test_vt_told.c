// SPDX-License-Identifier: GPL-2.0-only
/* A guest's screen: what it tells, by itself and of what is typed, and what titles it gets. */
#include "vt_fixture.h"

static void test_questions_are_answered_once_and_live_only(void **state)
{
	struct vt *vt = make(24, 80, 100);

	(void)state;
	write_text(vt, "\033[2;3H\033[6n\033[c\033[5n\a\033[?25$p\033P$qr\033\\");
	assert_int_equal(sent_len, 0);
	assert_int_equal(bells, 0);
	vt_live(vt, true);
	write_text(vt, "\033[6n");
	assert_string_equal(sent, "\033[2;3R");
	write_text(vt, "\033[5n\033[?25$p\a");
	assert_string_equal(sent, "\033[2;3R\033[0n\033[?25;1$y");
	assert_int_equal(bells, 1);
	/* These tell what the operator has, or ask for what is his. */
	sent_len = 0;
	write_text(vt,
		   "\033[21t\033]52;c;?\a\033]10;?\a\033]4;1;?\a\033[>q\033P+q544e\033\\\033[18t");
	assert_int_equal(sent_len, 0);
	vt_live(vt, false);
	write_text(vt, "\033[6n\a");
	assert_int_equal(sent_len, 0);
	assert_int_equal(bells, 1);
	vt_free(vt);
}

static const struct {
	const char *asked;
	const char *told;
} answers[] = {
	{ "\033[c", "\033[?62;1;6;22c" },
	{ "\033[0c", "\033[?62;1;6;22c" },
	{ "\033[1c\033[=c\033[x\005", "" },
	{ "\033[>c", "\033[>0;100;0c" },
	{ "\033[?6n", "\033[?1;1R" },
	{ "\033[2;3r\033[?6h\033[2;2H\033[6n\033[?6n", "\033[2;2R\033[?2;2R" },
	{ "\033[?15n\033[?25n\033[?26n", "\033[?13n\033[?21n\033[?27;1n" },
	{ "\033[15n\033[?5n\033[?62n\033[?996n", "" },
	{ "\033[4$p\033[4h\033[4$p\033[20$p", "\033[4;2$y\033[4;1$y\033[20;2$y" },
	{ "\033[2$p\033[99$p", "\033[2;0$y\033[99;0$y" },
	{ "\033[?7$p\033[?7l\033[?7$p", "\033[?7;1$y\033[?7;2$y" },
	{ "\033[?3$p\033[?40$p\033[?40h\033[?40$p", "\033[?3;2$y\033[?40;2$y\033[?40;1$y" },
	{ "\033[?67$p\033[?67h\033[?67$p", "\033[?67;2$y\033[?67;1$y" },
	{ "\033[?1049$p\033[?1049h\033[?1049$p", "\033[?1049;2$y\033[?1049;1$y" },
	{ "\033[?2026$p", "\033[?2026;0$y" },
	{ "\033P$qr\033\\\033[2;3r\033P$qr\033\\", "\033P1$r1;24r\033\\\033P1$r2;3r\033\\" },
	{ "\033[?69h\033[5;9s\033P$qs\033\\", "\033P1$r5;9s\033\\" },
	{ "\033P$qm\033\\", "\033P1$r0m\033\\" },
	{ "\033[1;4;31;102m\033P$qm\033\\", "\033P1$r0;1;4;31;102m\033\\" },
	{ "\033[38;5;200;48;2;1;2;3m\033P$qm\033\\", "\033P1$r0;38:5:200;48:2::1:2:3m\033\\" },
	{ "\033[1\"q\033P$q\"q\033\\\033P$q\"p\033\\", "\033P1$r1\"q\033\\\033P1$r62;1\"p\033\\" },
	{ "\033P$qt\033\\\033P$q\033\\", "\033P0$r\033\\\033P0$r\033\\" },
};

static void test_what_is_answered_is_the_guests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(answers); i++) {
		struct vt *vt = make(24, 80, 0);

		vt_live(vt, true);
		write_text(vt, answers[i].asked);
		assert_string_equal(sent, answers[i].told);
		vt_free(vt);
	}
}

static void test_answers_have_a_bound(void **state)
{
	struct vt *vt = make(24, 80, 100);
	static char text[40000];

	(void)state;
	vt_live(vt, true);
	for (size_t i = 0; i + 4 < sizeof(text); i += 4)
		memcpy(text + i, "\033[6n", 4);
	vt_write(vt, text, sizeof(text));
	assert_in_range(sent_len, 1000, 4096);
	vt_free(vt);
}

static void test_titles_are_clean_and_bounded(void **state)
{
	struct vt *vt = make(24, 80, 100);
	static char text[2000] = "\033]2;";

	(void)state;
	assert_string_equal(vt_title(vt), "");
	write_text(vt, "\033]0;web1\a");
	assert_string_equal(vt_title(vt), "web1");
	assert_int_equal(titles, 1);
	write_text(vt, "\033]2;web1\033\\\033]1;icon\a");
	assert_int_equal(titles, 1);
	write_text(vt, "\033]2;a\tb\xc2\x9b"
		       "c\xff"
		       "d\xe2\x80\xae"
		       "e\x7f\xc3\xa4\xc3\033\\");
	assert_string_equal(vt_title(vt), "ab\xef\xbf\xbd"
					  "c\xef\xbf\xbd"
					  "de\xc3\xa4");
	for (size_t i = 0; i < 150; i++)
		memcpy(text + 4 + 3 * i, "\xe4\xb8\x96", 3);
	strcat(text, "\a");
	write_text(vt, text);
	assert_int_equal(strlen(vt_title(vt)), VT_TITLE_SIZE - 1);
	assert_memory_equal(vt_title(vt) + VT_TITLE_SIZE - 4, "\xe4\xb8\x96", 3);
	vt_reset(vt);
	assert_string_equal(vt_title(vt), "");
	vt_free(vt);
}

static const struct {
	const char *before;
	enum vt_key key;
	unsigned int mods;
	const char *sent;
} keys[] = {
	{ "", VT_KEY_UP, 0, "\033[A" },
	{ "\033[?1h", VT_KEY_UP, 0, "\033OA" },
	{ "\033[?1h", VT_KEY_LEFT, VT_CTRL, "\033[1;5D" },
	{ "\033[?1h\033c", VT_KEY_DOWN, 0, "\033[B" },
	{ "", VT_KEY_RIGHT, 0, "\033[C" },
	{ "", VT_KEY_HOME, 0, "\033[H" },
	{ "", VT_KEY_END, VT_SHIFT, "\033[1;2F" },
	{ "", VT_KEY_INSERT, 0, "\033[2~" },
	{ "", VT_KEY_DELETE, 0, "\033[3~" },
	{ "", VT_KEY_PAGE_UP, 0, "\033[5~" },
	{ "", VT_KEY_PAGE_DOWN, 0, "\033[6~" },
	{ "", VT_KEY_F1, 0, "\033OP" },
	{ "", VT_KEY_F1 + 4, 0, "\033[15~" },
	{ "", VT_KEY_F12, VT_ALT, "\033[24;3~" },
	{ "", VT_KEY_ENTER, 0, "\r" },
	{ "", VT_KEY_ENTER, VT_SHIFT | VT_CTRL, "\r" },
	{ "\033[20h", VT_KEY_ENTER, 0, "\r\n" },
	{ "\033[20h\033c", VT_KEY_ENTER, 0, "\r" },
	{ "", VT_KEY_ENTER, VT_ALT, "\033\r" },
	{ "", VT_KEY_TAB, 0, "\t" },
	{ "", VT_KEY_TAB, VT_SHIFT, "\033[Z" },
	{ "", VT_KEY_TAB, VT_CTRL, "\t" },
	{ "", VT_KEY_BACKSPACE, 0, "\x7f" },
	{ "", VT_KEY_BACKSPACE, VT_CTRL, "\b" },
	{ "", VT_KEY_BACKSPACE, VT_ALT, "\033\x7f" },
	{ "", VT_KEY_ESCAPE, 0, "\033" },
	/* A guest that asks for 8-bit controls does not get them. */
	{ "\033 G", VT_KEY_UP, 0, "\033[A" },
};

static void test_keys_are_in_the_guests_language(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(keys); i++) {
		struct vt *vt = make(24, 80, 0);

		write_text(vt, keys[i].before);
		vt_key(vt, keys[i].key, keys[i].mods);
		assert_string_equal(sent, keys[i].sent);
		vt_free(vt);
	}
}

static const struct {
	uint32_t ch;
	unsigned int mods;
	const char *sent;
	size_t len;
} chars[] = {
	{ 'a', 0, "a", 1 },	     { 'A', VT_SHIFT, "A", 1 },
	{ 0xe4, 0, "\xc3\xa4", 2 },  { 0x1f600, VT_ALT, "\033\xf0\x9f\x98\x80", 5 },
	{ 'c', VT_CTRL, "\x03", 1 }, { 'C', VT_CTRL, "\x03", 1 },
	{ 'i', VT_CTRL, "\t", 1 },   { '[', VT_CTRL, "\033", 1 },
	{ '@', VT_CTRL, "\0", 1 },   { ' ', VT_CTRL, "\0", 1 },
	{ '?', VT_CTRL, "\x7f", 1 }, { '/', VT_CTRL, "\x1f", 1 },
	{ '1', VT_CTRL, "1", 1 },    { 'x', VT_CTRL | VT_ALT, "\033\x18", 2 },
	{ 3, 0, "\x03", 1 },
};

static void test_characters_are_as_a_terminal_has_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(chars); i++) {
		struct vt *vt = make(24, 80, 0);

		vt_key_char(vt, chars[i].ch, chars[i].mods);
		assert_int_equal(sent_len, chars[i].len);
		assert_memory_equal(sent, chars[i].sent, sent_len);
		vt_free(vt);
	}
}

static void test_a_paste_has_brackets_if_they_were_asked_for(void **state)
{
	struct vt *vt = make(24, 80, 0);

	(void)state;
	vt_paste_begin(vt);
	vt_paste_end(vt);
	assert_int_equal(sent_len, 0);
	write_text(vt, "\033[?2004h");
	vt_paste_begin(vt);
	vt_paste_end(vt);
	assert_string_equal(sent, "\033[200~\033[201~");
	vt_reset(vt);
	sent_len = 0;
	vt_paste_begin(vt);
	assert_int_equal(sent_len, 0);
	vt_free(vt);
}

static void test_the_mouse_is_told_of_as_was_asked_for(void **state)
{
	struct vt *vt = make(24, 80, 0);

	(void)state;
	vt_mouse_event(vt, 1, 2, 1, true, 0);
	assert_int_equal(sent_len, 0);
	assert_int_equal(vt_mouse(vt), VT_MOUSE_NONE);
	write_text(vt, "\033[?1000h\033[?1006h");
	assert_int_equal(vt_mouse(vt), VT_MOUSE_CLICKS);
	vt_mouse_event(vt, 1, 2, 1, true, 0);
	vt_mouse_event(vt, 1, 3, 0, false, 0);
	vt_mouse_event(vt, 1, 3, 1, false, 0);
	vt_mouse_event(vt, 1, 3, 4, true, VT_CTRL);
	vt_mouse_event(vt, 1, 3, 4, false, 0);
	vt_mouse_event(vt, 24, 80, 1, true, 0);
	assert_string_equal(sent, "\033[<0;3;2M\033[<0;4;2m\033[<80;4;2M");
	sent_len = 0;
	write_text(vt, "\033[?1002h");
	assert_int_equal(vt_mouse(vt), VT_MOUSE_DRAGS);
	write_text(vt, "\033[?1003h");
	assert_int_equal(vt_mouse(vt), VT_MOUSE_MOVES);
	vt_mouse_event(vt, 5, 6, 0, false, 0);
	assert_string_equal(sent, "\033[<35;7;6M");
	write_text(vt, "\033c");
	assert_int_equal(vt_mouse(vt), VT_MOUSE_NONE);
	vt_free(vt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_questions_are_answered_once_and_live_only),
		cmocka_unit_test(test_what_is_answered_is_the_guests),
		cmocka_unit_test(test_answers_have_a_bound),
		cmocka_unit_test(test_titles_are_clean_and_bounded),
		cmocka_unit_test(test_keys_are_in_the_guests_language),
		cmocka_unit_test(test_characters_are_as_a_terminal_has_them),
		cmocka_unit_test(test_a_paste_has_brackets_if_they_were_asked_for),
		cmocka_unit_test(test_the_mouse_is_told_of_as_was_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
