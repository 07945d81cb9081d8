// SPDX-License-Identifier: GPL-2.0-only
/* A guest's output as a person has seen it, line by line. */
#include "cmocka_all.h"

#include <locale.h>
#include <stdio.h>

#include "base/utf8.h"
#include "text/textline.h"

#define BAD "\xef\xbf\xbd"
#define BOX_LINE "\xe2\x94\x80"
#define BOX_SIDE "\xe2\x94\x82"
#define BOX_TOP "\xe2\x94\x8c" BOX_LINE "\xe2\x94\x90"
#define BOX_FOOT "\xe2\x94\x94" BOX_LINE "\xe2\x94\x98"
#define TEN "0123456789"
#define FORTY TEN TEN TEN TEN

static char text[65536];

/* In pieces of @piece bytes; lines with their ends, and what there is of the last. */
static const char *read_text(const char *in, size_t len, size_t piece)
{
	static struct textline line;
	size_t n = 0;

	memset(&line, 0, sizeof(line));
	for (size_t i = 0; i < len;) {
		size_t now = len - i < piece ? len - i : piece;
		size_t got = textline_add(&line, (const unsigned char *)in + i, now);

		assert_true(got && got <= now && line.len <= TEXTLINE_MAX && line.at <= line.len);
		i += got;
		if (line.ended || line.give)
			n += (size_t)sprintf(text + n, "%.*s%s",
					     (int)(line.ended ? line.len : line.give), line.text,
					     line.ended ? "\n" : "");
	}
	if (!line.ended)
		sprintf(text + n, "%.*s", (int)(line.len - line.give), line.text + line.give);
	else
		text[n] = '\0';
	return text;
}

static const struct {
	const char *in;
	const char *out;
} cases[] = {
	{ "plain\ttext\n", "plain\ttext\n" },
	/* Ends of lines. */
	{ "dos\r\nunix\nx", "dos\nunix\nx" },
	{ "a\r\r\nb\n\n", "a\nb\n\n" },
	{ "a\n\rb\n\r\n\rc", "a\nb\n\nc" },
	{ "a\vb\fc", "a\nb\nc" },
	/* Printed over. */
	{ "10%\r20%\r\n", "20%\n" },
	{ "100%\r 5%\r\n", " 5%%\n" },
	{ "Loading...\r\033[Kdone\r\n", "done\n" },
	{ "wait |\b/\b-\b\\\bok\n", "wait ok\n" },
	{ "10%\033[3D20%\033[1G30%\n", "30%\n" },
	{ "_\bU_\bn_\bd\n", "Und\n" },
	/* REP is of a character that comes just before it. */
	{ "a\033[2bb\033[b\n", "aaabb\n" },
	{ "a\033[2b\033[2b\n", "aaa\n" },
	{ "a\033[m\033[2b\n", "a\n" },
	/* Typed and corrected. */
	{ "# sl\b \b\b \bls -l\r\n", "# ls -l\n" },
	{ "# ech\b\033[K\b\033[K\b\033[Kuptime\r\n", "# uptime\n" },
	{ "# sl\b \b\b \b\r\n", "# \n" },
	{ "# acd\b\b\033[@bcd\r\n", "# abcd\n" },
	{ "# acd\033[2D\033[4hb\033[4lcd\r\n", "# abcd\n" },
	{ "# abbc\b\b\033[Pc\r\n", "# abc\n" },
	{ "# abcd\b\b\033[2X\r\n", "# ab\n" },
	{ "# abcd\b\b\b\033[X\r\n", "# a cd\n" },
	{ "login: \r\n", "login: \n" },
	{ "abc\033[1Kd\n", "   d\n" },
	{ "abcd\b\b\033[1Kx\n", "  xd\n" },
	{ "abc\033[2Kd\n", "   d\n" },
	{ "abc\b\b\033[Jx\n", "ax\n" },
	/* The cursor goes away and comes back: in its row, and from another one. */
	{ "wait \0337|\0338/\0338-\0338ok\n", "wait ok\n" },
	{ "wait \033[s|\033[u/\033[uok\n", "wait ok\n" },
	{ "wait \033[1s|\033[2u/\n", "wait |/\n" },
	{ "one\r\n\0337\033[24;1HProgress: [ 50%]\0338two\r\n\033[s\033[24;1H60%\033[uthree\n",
	  "one\nProgress: [ 50%]\ntwo\n60%\nthree\n" },
	{ "abcd\0337\nef\0338g\n", "abcd\nef\ng\n" },
	{ "# \0338ls\n", "# \nls\n" },
	{ "\344\275\240\0337\344\275\240\b\b\0338x\n", "\344\275\240x\n" },
	/* Aligned. */
	{ "Starting x:\033[20G[ OK ]\n", "Starting x:        [ OK ]\n" },
	{ "a\033[3Cb\n", "a   b\n" },
	{ "a\tb\b\bx\n", "a      xb\n" },
	{ "a\tb\rx\ty\n", "x       y\n" },
	{ "abcdefghij\r\tx\n", "abcdefghxj\n" },
	{ "a\033[999Cb\n", "a" FORTY FORTY "b\n" },
	/* A long line that was typed, at the edge of 80 columns; and one that ends there. */
	{ FORTY FORTY " \rabc\b \b\r\n", FORTY FORTY "ab\n" },
	{ FORTY FORTY "x\rabc\n", "abc3456789" TEN TEN TEN FORTY "x\n" },
	/* Another row. */
	{ "\033[?1049h\033[2J\033[H# ", "# " },
	{ "one\033[2;1Htwo\033[Athree\033Mfour\033[2Jfive", "one\ntwo\nthree\nfour\nfive" },
	/* What shows nothing. */
	{ "\033[1;31mred\033[m\033[?25l", "red" },
	{ "\033]0;title\007a\033]0;b\033\\c", "ac" },
	{ "\033Pq#0\033\\x\033(By\0337z\033[>4;1m", "xyz" },
	{ "\033]never ends\nline\033Pnor this\nline", "\nline\nline" },
	{ "x\n\033P0;1q#0~$\n#1~-\n\033\\y\n", "x\ny\n" },
	{ "\033[1\nx\033\ny", "\nx\ny" },
	{ "\033[1\030x\033\033[my", "xy" },
	{ "s\177\001\a\x05.", "s." },
	{ "a\033[6n\033[c\033[5 q\033[2;3rb", "ab" },
	/* Characters. */
	{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac" },
	{ "\033(0lqk\033(Blqk\033(0\nq", "\xe2\x94\x8c\xe2\x94\x80\xe2\x94\x90lqk\nq" },
	/* What G1 is stays, whether it is used does not; nor does a reset leave any of it. */
	{ "\033(B\033)0\016lqk\017\r\n\016x\017 \016x\017\r\n\016mqj\r\nq\n\016q\017q\n",
	  BOX_TOP "\n" BOX_SIDE " " BOX_SIDE "\n" BOX_FOOT "\nq\n" BOX_LINE "q\n" },
	{ "\033*0\033+0\nq\033Nqq\033Oqq\033nq\nq\n",
	  "\nq" BOX_LINE "q" BOX_LINE "q" BOX_LINE "\nq\n" },
	{ "\033)0\033c\016q\n\033)0\033[!p\016q\n", "q\nq\n" },
	{ "x\033[3bY", "xxxxY" },
	{ "\xff\xc3(\xe2\x82x", BAD BAD "(" BAD "x" },
	{ "\xc2\x9b"
	  "1m\xe2\x80\xae"
	  "evil",
	  BAD "1mevil" },
	{ "\xc3\033[m\xbc", BAD BAD },
	{ "\033\xe2\x80\xa6one", "\xe2\x80\xa6one" },
	/* To the tab stop before. */
	{ "abcdefghij\033[ZX\n", "abcdefghXj\n" },
	{ "abcdefgh\033[ZX\n", "Xbcdefgh\n" },
	{ "a\tb\tc\033[2ZX\n", "a       X       c\n" },
	{ "a\tb\033[9ZX\n", "X       b\n" },
	/* Wide ones, and those that go to the one before. */
	{ "\xe4\xb8\x80\xe4\xba\x8c\b\b\033[Kx\n", "\xe4\xb8\x80x\n" },
	{ "\xe4\xb8\x80z\b\bx\n", " xz\n" },
	{ "\xe4\xb8\x80z\rx\n", "x z\n" },
	{ "ab\r\xe4\xb8\x80\n", "\xe4\xb8\x80\n" },
	{ "e\xcc\x81x\b\bo\n", "ox\n" },
	{ "ae\xcc\x81\b\033[Ko\n", "ao\n" },
};

/* FORTY stands for blanks where the cursor went. */
static const char *expected(size_t i)
{
	static char out[256];

	strcpy(out, cases[i].out);
	if (!strncmp(cases[i].in, "a\033[999C", 7))
		memset(out + 1, ' ', 79), strcpy(out + 80, "b\n");
	return out;
}

static void test_lines_are_as_they_were_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++)
		for (size_t piece = 1; piece < 12; piece++)
			assert_string_equal(read_text(cases[i].in, strlen(cases[i].in), piece),
					    expected(i));
	assert_string_equal(read_text("a\0b", 3, 3), "ab");
}

/* A serial line has some where a machine is switched on. */
static void test_a_nul_is_not_seen(void **state)
{
	static const char begun[] = "\033Pq#0~\n\0\0Booting\n\0ab\0c\n";

	(void)state;
	for (size_t piece = 1; piece < sizeof(begun); piece++)
		assert_string_equal(read_text(begun, sizeof(begun) - 1, piece), "Booting\nabc\n");
}

static void test_a_line_may_be_of_any_length(void **state)
{
	static char in[20000];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)('a' + i % 26);
	memcpy(in + 10000, "\xe2\x82\xac", 3);
	memcpy(in + sizeof(in) - 5, "\b \bz\n", 5);
	read_text(in, sizeof(in), 777);
	assert_int_equal(strlen(text), sizeof(in) - 4);
	assert_memory_equal(text, in, sizeof(in) - 6);
	assert_string_equal(text + sizeof(in) - 6, "z\n");
}

#define SIXTY TEN TEN TEN TEN TEN TEN
#define PASTES "\033[?2004h"
#define BLANKS "                    "
#define PROMPT "root@web1:~# "
#define ROW PROMPT SIXTY "0123456" /* of 80 columns */

/* A line is filled by few bytes: characters of three, behind blanks of the cursor's. */
static void test_no_step_goes_beyond_what_a_line_has(void **state)
{
	static const char *const fills[] = { "\016",	  "\033[4h\016", "\033[80b", "\033[999@",
					     "\033[999X", "\033[999P",	 "\t" };
	char run[301] = "";
	static struct textline line;
	static char in[16384];

	(void)state;
	memset(run, 'q', sizeof(run) - 1);
	for (size_t i = 0; i < ROWS(fills); i++) {
		for (size_t row = 900; row <= 1000; row++) {
			size_t len = (size_t)sprintf(in, PASTES "\033)0");

			/* A fold there, so that the cursor can go as far beyond as it ever can. */
			for (size_t col = 0; col < row; col++)
				len += (size_t)sprintf(in + len, "\xe2\x94\x80");
			len += (size_t)sprintf(in + len, " \rabcdefghijklmnop\033[512C%s",
					       fills[i]);
			for (int more = 0; more < 8; more++)
				len += (size_t)sprintf(in + len, "%s%s", run, fills[i]);
			line = (struct textline){ .len = 0 };
			for (size_t at = 0; at < len;) {
				at += textline_add(&line, (unsigned char *)in + at, len - at);
				assert_true(line.len <= sizeof(line.text));
				assert_true(line.at <= line.len && line.give <= line.len);
			}
		}
	}
}

/* How many lines the guest has from @first and then @again up to 64 KiB. */
static size_t lines_of(const char *first, const char *again)
{
	static struct textline line;
	static char in[65536];
	size_t len = strlen(first);
	size_t count = 0;

	strcpy(in, first);
	for (; len + strlen(again) < sizeof(in); len += strlen(again))
		strcpy(in + len, again);
	line = (struct textline){ .len = 0 };
	for (size_t at = 0; at < len;) {
		at += textline_add(&line, (unsigned char *)in + at, len - at);
		count += line.ended;
		assert_true(line.walked <= TEXTLINE_WALK || line.ended);
	}
	return count;
}

static void test_a_line_that_makes_too_much_work_ends(void **state)
{
	static char wide[4096];

	(void)state;
	strcpy(wide, PASTES);
	for (int i = 0; i < 1000; i++)
		strcat(wide, "\xc3\xa9");
	/* Back and forth in 2,000 bytes: a few hundred times. */
	assert_in_range(lines_of(wide, "\0337\033[C\0338"), 1, 65536 / 8);
	assert_in_range(lines_of(wide, "\033[G\033[999C"), 1, 65536 / 8);
	assert_in_range(lines_of(wide, "\r\033[999C"), 1, 65536 / 8);
	strcat(wide, " \r0");
	assert_in_range(lines_of(wide, "\r\033[A\033[B"), 1, 65536 / 8);
	/* Progress, a line that is edited, and what has one column for each byte. */
	assert_int_equal(lines_of("\xe2\xa0\x8b loading ", "\b\xe2\xa0\x8b"), 0);
	assert_int_equal(lines_of("", "\r[\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88   ] 50%"), 0);
	assert_int_equal(lines_of(PASTES PROMPT "gr\xc3\xbc\xc3\x9f " FORTY, "\b\033[1@x\033[K"),
			 0);
	assert_int_equal(lines_of(PASTES PROMPT FORTY FORTY FORTY, "\r\033[200C"), 0);
}

static void test_what_changed_is_told(void **state)
{
	static struct textline line;

	(void)state;
	textline_add(&line, (const unsigned char *)"# sl", 4);
	line.low = line.len;
	textline_add(&line, (const unsigned char *)"x", 1);
	assert_int_equal(line.low, 4);
	textline_add(&line, (const unsigned char *)"\b \b\r", 4);
	assert_int_equal(line.low, 4);
	textline_add(&line, (const unsigned char *)"#", 1);
	assert_int_equal(line.low, 0);
}

/* Anything may come; what is left is UTF-8 and drives nothing. */
static void test_any_bytes_are_survived(void **state)
{
	static const char likely[] =
		"\033\033[[[;0123456789@ABCDGHIJKPXab\b\b\r\t\t \xe4\xb8\x80\xcc\x81xyz(0";
	static struct textline line;
	static unsigned char in[4096];
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t len = (size_t)(rand_r(&seed) % (int)sizeof(in)) + 1;

		for (size_t i = 0; i < len; i++)
			in[i] = rand_r(&seed) % 40
					? (unsigned char)
						  likely[rand_r(&seed) % (int)(sizeof(likely) - 1)]
					: (unsigned char)rand_r(&seed);
		for (size_t i = 0; i < len;) {
			i += textline_add(&line, in + i, len - i);
			assert_true(line.len <= sizeof(line.text) && line.at <= line.len);
			for (size_t at = 0; at < line.len;) {
				int got =
					utf8_check((unsigned char *)line.text + at, line.len - at);

				assert_true(got > 0);
				assert_true((unsigned char)line.text[at] >= 0x20 ||
					    line.text[at] == '\t');
				at += (size_t)got;
			}
		}
	}
}

/* Each row is a line in pieces, with its end, of a guest that takes its terminal to be so wide. */
static const struct {
	const char *in;
	const char *out;
} folds[] = {
	/* readline, whose mark is bracketed paste, at 40, 60 and two rows of 44. */
	{ PASTES "$ " FORTY "x \ry\r\n\033[?2004l\rout\r\n", "$ " FORTY "xy\nout\n" },
	{ PASTES "web1" SIXTY " \r" SIXTY "wxyz \rab\r\n", "web1" SIXTY SIXTY "wxyzab\n" },
	{ PASTES "web1" FORTY " \r" FORTY "abcd \rx\r\n", "web1" FORTY FORTY "abcdx\n" },
	/* The next row begins with a blank; a blank at the end of a line is no fold. */
	{ PASTES "$ " FORTY " \r y\r\n", "$ " FORTY " y\n" },
	{ PASTES "$ " FORTY " \r\n\033[?2004l\r", "$ " FORTY " \n" },
	/* It goes to the beginning of the line, searches, or draws it anew. */
	{ PASTES "$ " FORTY " \r\033[C\033[C\033[Kx\r\n", "$ x\n" },
	{ PASTES "$ " FORTY " \r(reverse-i-search)`': \033[K\r\n", "(reverse-i-search)`': \n" },
	{ PASTES "$ " FORTY " \r$ 012345678\033[K\r\n", "$ 012345678\n" },
	/* Back over the edge, by readline and zsh, and there is no more of the second row. */
	{ PASTES "$ " TEN TEN
		 " \r0\b\033[K\r\033[K\033[A\033[21C\033[K\r\n\r\033[K\033[A\033[21C\b\033[K"
		 "x\r\n\033[?2004l\rout\r\n",
	  "$ " TEN "01234567x\nout\n" },
	{ PASTES
	  "$ " TEN TEN
	  " \r\033[K0\r0.\b \b\r0 \b\r\033[K\033[A\033[21C\033[K\033[1B\r\033[K\033[A\033[21C"
	  "\b \bxy \r\033[Kz\rz\033[?2004l\r\r\n",
	  "$ " TEN "01234567xyz\n" },
	/* Over an edge without a mark, when the width was learned. */
	{ "stty cols 30\n" PASTES "$ " TEN TEN TEN
	  "01\b\033[K\b\033[K\b\033[K\b\033[K\r\033[K\033[A\033[29Cx\r\n",
	  "stty cols 30\n$ " TEN TEN "0123456x\n" },
	/* busybox, which asks; what was printed has the same ends of lines. */
	{ "# \033[6n" FORTY "\r\r\n" FORTY "ab\r\r\nc\r\n" FORTY "\r\r\nd\n",
	  "# " FORTY FORTY "abc\n" FORTY "\nd\n" },
	{ "# \033[6n" FORTY "\r\r\nxy\b\033[J\b\033[J\r\033[1A\033[41C\033[J\b\033[Jz\r\nd\n",
	  "# " TEN TEN TEN "01234567z\nd\n" },
	/* Or does not, at 80. */
	{ "/ # " FORTY "abcd" TEN TEN TEN "23\r\r\nb\r\n",
	  "/ # " FORTY "abcd" TEN TEN TEN "23b\n" },
	{ FORTY FORTY "\r\r\nb\r\n", FORTY FORTY "\nb\n" },
	{ "$ " FORTY "\r\r\nb\r\n", "$ " FORTY "\nb\n" },
	/* Nothing but a prompt says so. */
	{ "root@web1:~# " FORTY FORTY TEN " \r1\r\n", "root@web1:~# " FORTY FORTY TEN "1\n" },
	{ ">>> " FORTY FORTY TEN " \r12\r\n", ">>> " FORTY FORTY TEN "12\n" },
	{ "# [####      ] " TEN " \r# [#####     ] " TEN " \rdone\r\n",
	  "done####     ] " TEN " \n" },
	/* No prompt, and no width. */
	{ "Loading" FORTY " \rdone\r\n", "doneing" FORTY " \n" },
	{ "[=====>    ] " TEN " 40% \rd\r\n", "d=====>    ] " TEN " 40% \n" },
	{ "> " BLANKS TEN " \rd\r\n", "d " BLANKS TEN " \n" },
	/* What counts is drawn anew, with other numbers, in a prompt or at 80 as well. */
	{ "1/9 => loading kernel part \r2/9 => loading initrd part \r3/9 => done\r\n",
	  "3/9 => doneing initrd part \n" },
	{ "10 > step one of the thing \r20 > step two\r\n", "20 > step two of the thing \n" },
	{ "98% [====================> ] 12,098 \r99% [====================> ] 12,222 \r\n",
	  "99% [====================> ] 12,222 \n" },
	{ "98> loading kernel part \r\033[m9\033[m9> loading\r\n", "99> loading kernel part \n" },
	{ "1/9> loading the kernel \r2/9> done\r\n", "2/9> doneing the kernel \n" },
	{ "kernel 10% [" SIXTY "0123456] \rkernel 11% [" SIXTY "0123456] \rdone\n",
	  "doneel 11% [" SIXTY "0123456] \n" },
	{ "=> web1 " SIXTY "012345678901 \r=> web2 " SIXTY "012345678901 \r=> done\n",
	  "=> done " SIXTY "012345678901 \n" },
	/* What is filled up with blanks is no line that was typed. */
	{ "10% done, step 10" BLANKS BLANKS BLANKS "    \rloading, step 20" BLANKS BLANKS BLANKS
	  "     \rhalt\n",
	  "halting, step 20" BLANKS BLANKS BLANKS "     \n" },
	/* It came at once, over the edge, and is edited, whether or not it has said what it is. */
	{ PASTES PROMPT ": s\b" SIXTY TEN " tail\033[A\033[5Cs\033[K\r\n\r\033[K\033[A\033[16C end"
			"\r\n\033[?2004l\rout\r\n",
	  PROMPT ": s end\nout\n" },
	{ PROMPT SIXTY TEN "\033[A\r\033[13Cls\033[K\r\n\r\033[K\033[A\033[15C -l\r\nout\n",
	  PROMPT "ls -l\nout\n" },
	{ PROMPT SIXTY TEN "\r\033[1Cx\r\n", PROMPT SIXTY "01234567x9\n" },
	{ PROMPT SIXTY TEN "\r\033[2C\033[A\033[11Cx\r\n\r\n", PROMPT "x123456789" SIXTY "\n" },
	/* At a width that is not known, but is more than this line has. */
	{ PROMPT SIXTY TEN "\r\033[13C\033[1Px\r\n", PROMPT "x23456789" SIXTY "\n" },
	{ PROMPT SIXTY TEN "\r\033[82Cx\r\n", PROMPT SIXTY "012345678x\n" },
	{ PROMPT SIXTY TEN "\r(reverse\r\n", "(reverse1:~# " SIXTY TEN "\n" },
	/* zsh goes down to the row that it has left, and below its last one. */
	{ PASTES "$ " TEN TEN " \r\033[K\033[A\033[2C\033[K\033[1B\r\033[K\033[A\033[2Cls"
		 "\033[?2004l\033[1B\rout\r\n",
	  "$ ls\nout\n" },
	{ PASTES "$ " TEN TEN " \rab\033[A\033[?2004l\033[1B\r\r\nout\r\n",
	  "$ " TEN TEN "ab\nout\n" },
	/* What is taken away or put in moves its row alone. */
	{ PASTES "$ " TEN TEN " \rab\033[A\033[2P\r\n\r\n", "$ 23456789" TEN "  ab\n" },
	{ PASTES "$ " TEN TEN " \rab\033[A\033[99P\r\n\r\n", "$ " BLANKS "ab\n" },
	{ PASTES "$ " TEN TEN " \rab\033[A\033[99X\r\n\r\n", "$ " BLANKS "ab\n" },
	{ PASTES "$ " TEN TEN " \rab\033[A\033[2@xy\r\n\r\n", "$ xy" TEN "01234567ab\n" },
	{ PASTES "$ " TEN TEN " \rab\033[A\033[99@xy\r\n\r\n", "$ xy                  ab\n" },
	{ PASTES "$ " TEN TEN " \rab\033[A\033[4hxy\033[4l\r\n\r\n", "$ xy" TEN "01234567ab\n" },
	{ PASTES "$ " TEN TEN " \rab\033[2D\033[2Px\r\n", "$ " TEN TEN "x\n" },
	/* Rows are full: an empty one is left where it was erased, or at Enter. */
	{ ROW " \r\033[A\r\033[13C\033[K\r\n\r\033[K\033[A\033[13Cls\r\nout\n",
	  PROMPT "ls\nout\n" },
	{ ROW " \r" FORTY FORTY " \r\033[A\033[A\033[13C\033[K\r\n\r\033[K\r\n\r\033[K"
	      "\033[A\033[A\033[13Cls\r\nout\n",
	  PROMPT "ls\nout\n" },
	{ ROW " \r\033[A\r\nout\n", ROW "\nout\n" },
	{ ROW " \r\033[A\033[13C\r\n\rout\n", ROW "\nout\n" },
	{ ROW " \r\033[A\033[79C\033[Kx\r\nout\n", PROMPT SIXTY "012345x\nout\n" },
	{ ROW "\r\nout\n", ROW "\nout\n" },
	/* The width is what zsh or fish has filled, or somebody has typed or asked for. */
	{ "%" BLANKS BLANKS " \r \r\r\033[Jx" FORTY "0 \ry\n", "x" FORTY "0y\n" },
	{ "\xe2\x8f\x8e" BLANKS BLANKS "\r\xe2\x8f\x8e \r\033[Kx" FORTY " \ry\n", "x" FORTY "y\n" },
	{ "# stty rows 24 cols 44\nweb1" FORTY " \ry\n",
	  "# stty rows 24 cols 44\nweb1" FORTY "y\n" },
	{ "COLUMNS=44;\nweb1" FORTY " \ry\n", "COLUMNS=44;\nweb1" FORTY "y\n" },
	{ "stty cols 7\nweb1" FORTY " \ry\n", "stty cols 7\nyeb1" FORTY " \n" },
};

static void test_a_folded_line_is_one(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 1000 };

	(void)state;
	for (size_t i = 0; i < ROWS(folds); i++)
		for (size_t k = 0; k < ROWS(pieces); k++)
			assert_string_equal(read_text(folds[i].in, strlen(folds[i].in), pieces[k]),
					    folds[i].out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_as_they_were_seen),
		cmocka_unit_test(test_a_nul_is_not_seen),
		cmocka_unit_test(test_a_line_may_be_of_any_length),
		cmocka_unit_test(test_no_step_goes_beyond_what_a_line_has),
		cmocka_unit_test(test_a_line_that_makes_too_much_work_ends),
		cmocka_unit_test(test_what_changed_is_told),
		cmocka_unit_test(test_a_folded_line_is_one),
		cmocka_unit_test(test_any_bytes_are_survived),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
