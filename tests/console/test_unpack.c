// SPDX-License-Identifier: GPL-2.0-only
/* What is compressed is given whole: all its parts, and all in front of what is damaged. */
#include "cmocka_all.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "base/unpack.h"

/* What is read at once of a file, and what comes out at once, at most. */
#define CHUNK 65536

/* Of gzip: a checksum and a length. */
#define TRAILER 8

/* More than any of these. */
#define ROOM 2000000

static char file[ROOM];
static size_t file_len;

static void add(const void *bytes, size_t len)
{
	assert_true(file_len + len <= ROOM);
	memcpy(file + file_len, bytes, len);
	file_len += len;
}

/* A member of gzip with a name of so many bytes in its header, unless 0. */
static void add_named(const char *text, size_t len, size_t name_len)
{
	static char name[CHUNK + 1];
	gz_header header = { .os = 3, .name = (Bytef *)name };
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)len };

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	memset(name, 'n', name_len);
	name[name_len] = '\0';
	if (name_len)
		deflateSetHeader(&stream, &header);
	stream.next_out = (Bytef *)file + file_len;
	stream.avail_out = (uInt)(ROOM - file_len);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	file_len += stream.total_out;
	deflateEnd(&stream);
}

/* A member of gzip; @size: it is so long, 0: as it comes. */
static void add_gzip(const char *text, size_t len, size_t size)
{
	size_t begin = file_len;

	add_named(text, len, size ? 1 : 0);
	if (!size)
		return;
	size -= file_len - begin;
	file_len = begin;
	add_named(text, len, 1 + size);
}

static void add_zstd(const char *text, size_t len)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	size_t n;

	assert_non_null(zstd);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(zstd, file + file_len, ROOM - file_len, text, len);
	assert_false(ZSTD_isError(n));
	file_len += n;
	ZSTD_freeCCtx(zstd);
}

/* Text that does not shrink to nothing. */
static void write_text(char *text, size_t len)
{
	uint32_t number = 1;

	for (size_t i = 0; i < len; i++) {
		number = number * 1103515245 + 12345;
		text[i] = (char)('a' + (number >> 16) % 16);
	}
}

/* Reads the file in pieces of @piece; what it ended with. The bytes are in @out. */
static ssize_t unpack_all(size_t piece, char *out, size_t *len)
{
	int fd = memfd_create("packed", MFD_CLOEXEC);
	struct unpack *unpack;
	ssize_t n;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file, file_len), file_len);
	lseek(fd, 0, SEEK_SET);
	unpack = unpack_new(fd);
	assert_non_null(unpack);
	*len = 0;
	while ((n = unpack_read(unpack, out + *len, piece < ROOM - *len ? piece : ROOM - *len)) > 0)
		*len += (size_t)n;
	unpack_free(unpack);
	close(fd);
	return n;
}

/* All of @text comes out, and then it is at its end, or has failed. */
static void comes_out(const char *text, size_t len, ssize_t end)
{
	static const size_t pieces[] = { 1000, CHUNK, ROOM };
	static char out[ROOM];
	size_t out_len;

	for (size_t i = 0; i < ROWS(pieces); i++) {
		assert_int_equal(unpack_all(pieces[i], out, &out_len), end);
		assert_int_equal(out_len, len);
		assert_memory_equal(out, text, len);
	}
}

/* The next one begins with the last byte of what is read at once, or right behind it. */
static void test_a_member_may_begin_anywhere(void **state)
{
	(void)state;
	for (size_t size = CHUNK - 3; size <= CHUNK + 1; size++) {
		file_len = 0;
		add_gzip("first\r\n", 7, size);
		assert_int_equal(file_len, size);
		add_gzip("second\r\n", 8, 0);
		comes_out("first\r\nsecond\r\n", 15, 0);
	}
}

static void test_what_is_behind_a_member_and_is_none_is_damage(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		ssize_t end;
	} rows[] = {
		{ "\0\0\0\0", 4, 0 }, /* the padding of a tape */
		{ "garbage", 7, -EBADMSG },
		{ "\0\0garbage", 9, -EBADMSG },
		{ "\x1f\x8c\x08", 3, -EBADMSG },
		{ "\x1f", 1, -EBADMSG },
		{ "\x1f\x8b", 2, -ENODATA },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		file_len = 0;
		add_gzip("first\r\n", 7, 0);
		add(rows[i].bytes, rows[i].len);
		comes_out("first\r\n", 7, rows[i].end);
	}
}

static void test_all_in_front_of_damage_comes_out(void **state)
{
	static char text[1000000];

	(void)state;
	write_text(text, sizeof(text));
	file_len = 0;
	add_gzip(text, sizeof(text), 0);
	file[file_len - TRAILER] ^= 1;
	comes_out(text, sizeof(text), -EBADMSG);
	/* Of a short one it all comes out at once. */
	file_len = 0;
	add_gzip("short\r\n", 7, 0);
	file[file_len - TRAILER] ^= 1;
	comes_out("short\r\n", 7, -EBADMSG);
	file_len = 0;
	add_zstd(text, sizeof(text));
	file[file_len - 1] ^= 1;
	comes_out(text, sizeof(text), -EBADMSG);
	file_len = 0;
	add_zstd("short\r\n", 7);
	add("garbage behind it", 17);
	comes_out("short\r\n", 7, -EBADMSG);
}

/* As of zstd --long=31: nothing is wrong with it. */
static void test_what_takes_much_memory_is_not_damaged(void **state)
{
	/* A frame without a size, whose window is 2 GiB, and a last block with three bytes. */
	static const char frame[] = "\x28\xb5\x2f\xfd\0\xa8\x19\0\0one";

	(void)state;
	file_len = 0;
	add(frame, sizeof(frame) - 1);
	comes_out("", 0, UNPACK_WINDOW);
	/* Of 128 MiB. */
	file[5] = '\x88';
	comes_out("one", 3, 0);
}

static void test_frames_behind_one_another_are_one(void **state)
{
	static char text[400000];

	(void)state;
	write_text(text, sizeof(text));
	file_len = 0;
	add_zstd(text, 300000);
	add("\x50\x2a\x4d\x18\x04\0\0\0skip", 12);
	add_zstd("", 0);
	add_zstd(text + 300000, 100000);
	comes_out(text, sizeof(text), 0);
	file_len = 0;
	add("\x5f\x2a\x4d\x18\x04\0\0\0skip", 12);
	add_zstd(text, sizeof(text));
	comes_out(text, sizeof(text), 0);
	/* Cut off. */
	file_len -= 10;
	for (size_t i = 0; i < 2; i++) {
		static char out[ROOM];
		size_t len;

		assert_int_equal(unpack_all(i ? 1000 : CHUNK, out, &len), -ENODATA);
		assert_memory_equal(out, text, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_member_may_begin_anywhere),
		cmocka_unit_test(test_what_is_behind_a_member_and_is_none_is_damage),
		cmocka_unit_test(test_all_in_front_of_damage_comes_out),
		cmocka_unit_test(test_what_takes_much_memory_is_not_damaged),
		cmocka_unit_test(test_frames_behind_one_another_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
