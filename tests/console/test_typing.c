// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/escape.h"
#include "cmd/hold.h"
#include "cmd/typing.h"
#include "fake_loop.h"
#include "vt/glyphs.h"

/* In the order in which hold.c, feed.c and typing.c make them. */
enum { HOLD, WRITER, AGAIN, KEYS, STALL, LINGER, CUT };

/* What waits for a guest at most, in bytes of UTF-8, and how many of those one turn adds. */
#define WAITS ((size_t)8 * 1024 * 1024)
#define TURN (3 * (size_t)4096)

/* Bytes of a paste, each of which is a character of three bytes in UTF-8. */
#define PASTED ((size_t)9 * 1024 * 1024 + 1)

/* Standard input is a terminal, and no other file is one. */
int __wrap_isatty(int fd);
int __wrap_isatty(int fd)
{
	return fd == STDIN_FILENO;
}

/* A charset that every system has: one byte for each character from U+2000 on. */
locale_t __wrap_glyphs_typed(const struct glyphs *glyphs);
locale_t __wrap_glyphs_typed(const struct glyphs *glyphs)
{
	static int charset;

	(void)glyphs;
	return (locale_t)(void *)&charset;
}

static void encode(unsigned char byte, unsigned char out[3])
{
	out[0] = 0xe2;
	out[1] = (unsigned char)(0x80 | byte >> 6);
	out[2] = (unsigned char)(0x80 | (byte & 0x3f));
}

size_t __wrap_glyphs_type(const struct glyphs *glyphs, struct glyphs_typed *typed, char byte,
			  char out[GLYPHS_TYPED_ROOM]);
size_t __wrap_glyphs_type(const struct glyphs *glyphs, struct glyphs_typed *typed, char byte,
			  char out[GLYPHS_TYPED_ROOM])
{
	(void)glyphs;
	(void)typed;
	encode((unsigned char)byte, (unsigned char *)out);
	return 3;
}

static int said;

void __wrap_msg_error(const char *fmt, ...);
void __wrap_msg_error(const char *fmt, ...)
{
	(void)fmt;
	said++;
}

/* The byte at a place of the paste. None of them is a control, nor the escape key. */
static unsigned char pasted(size_t place)
{
	return (unsigned char)(0xa0 + place % 89);
}

/* A guest that takes nothing, or all that comes, in the order in which it was pasted. */
struct guest {
	struct source src;
	bool takes;
	size_t taken;
};

static ssize_t write_guest(struct source *src, const void *buf, size_t len)
{
	struct guest *guest = (struct guest *)src;
	const unsigned char *bytes = buf;
	unsigned char want[3];

	if (!guest->takes)
		return -EAGAIN;
	for (size_t i = 0; i < len; i++, guest->taken++) {
		encode(pasted(guest->taken / 3), want);
		if (bytes[i] != want[guest->taken % 3])
			fail_msg("byte %zu is another one", guest->taken);
	}
	return (ssize_t)len;
}

static const struct source_ops guest_ops = { .write = write_guest };

static void paste(void)
{
	int fd = memfd_create("pasted", MFD_CLOEXEC);
	unsigned char *bytes;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, PASTED), 0);
	bytes = mmap(NULL, PASTED, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	for (size_t i = 0; i < PASTED; i++)
		bytes[i] = pasted(i);
	munmap(bytes, PASTED);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
}

static void on_left(int status, void *arg)
{
	*(int *)arg = status;
}

static void type_all(void)
{
	while (fake_happens(KEYS))
		;
}

static void test_of_a_paste_in_a_charset_no_piece_is_lost(void **state)
{
	struct guest guest = { .src = { .ops = &guest_ops, .fd = -1 } };
	const struct notes notes = { 0 };
	struct typing *typing;
	struct hold *hold;
	int left = 0;

	(void)state;
	paste();
	hold = hold_new(NULL, &guest.src, "web1", &notes, NULL, 0);
	typing = typing_new(NULL, &guest.src, hold, ESCAPE_NONE, "web1", &notes, on_left, &left);
	assert_non_null(typing);
	typing_translate(typing);
	/* The guest takes nothing: what is read fills the queue, and that is told; and no more. */
	type_all();
	assert_true(fake_happens(STALL));
	type_all();
	assert_in_range(typing_unsent(typing), WAITS, WAITS + TURN);
	assert_int_equal(said, 1);
	/* It takes all that waits, and the rest as it is read. Then the terminal has an end. */
	guest.takes = true;
	assert_true(fake_happens(WRITER));
	assert_int_equal(typing_unsent(typing), 0);
	assert_int_equal(left, 0);
	type_all();
	assert_int_equal(left, STATUS_SIGNAL + SIGHUP);
	assert_int_equal(guest.taken, 3 * PASTED);
	assert_int_equal(said, 1);
	typing_free(typing);
	hold_free(hold);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_a_paste_in_a_charset_no_piece_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
