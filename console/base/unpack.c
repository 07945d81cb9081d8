// SPDX-License-Identifier: GPL-2.0-only
#include "base/unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define CHUNK 65536

/* For zlib: the largest window, and a header of gzip. */
#define GZIP_WINDOW (15 + 16)

/* This many bytes show how a file is compressed. */
#define MAGIC 4

/* Of zstd: bytes of a block's header, and the logarithm of the window's size. */
#define BLOCK_HEADER 3
#define ZSTD_WINDOW 27

_Static_assert(1 << ZSTD_WINDOW == UNPACK_WINDOW_MIB << 20, "it is what the header says");

enum packing {
	PLAIN,
	GZIP,
	ZSTD,
};

struct unpack {
	int fd;
	unpack_wait_cb *wait; /* or NULL */
	void *wait_arg;
	enum packing packing;
	bool known;  /* whether @packing is known */
	bool ended;  /* the end of the file was read */
	bool inside; /* a compressed part has begun and has not ended */
	int err;     /* to be returned after the bytes that came out last */
	z_stream gzip;
	ZSTD_DCtx *zstd;
	size_t next; /* bytes that zstd asks for: the rest of a block and the next header */
	size_t head; /* in @in */
	size_t tail;
	unsigned char in[CHUNK];
};

struct unpack *unpack_new(int fd)
{
	struct unpack *unpack = calloc(1, sizeof(*unpack));

	if (unpack)
		unpack->fd = fd;
	return unpack;
}

void unpack_set_wait(struct unpack *unpack, unpack_wait_cb *wait, void *arg)
{
	unpack->wait = wait;
	unpack->wait_arg = arg;
}

void unpack_free(struct unpack *unpack)
{
	if (!unpack)
		return;
	if (unpack->packing == GZIP)
		inflateEnd(&unpack->gzip);
	ZSTD_freeDCtx(unpack->zstd);
	free(unpack);
}

/* Reads more after what is there. 0: there may be more now, or the file has ended. */
static int fill(struct unpack *unpack)
{
	ssize_t n;

	if (unpack->head == unpack->tail || unpack->tail == sizeof(unpack->in)) {
		unpack->tail -= unpack->head;
		memmove(unpack->in, unpack->in + unpack->head, unpack->tail);
		unpack->head = 0;
	}
	if (unpack->ended || unpack->tail == sizeof(unpack->in))
		return 0;
	if (unpack->wait && !unpack->wait(unpack->wait_arg))
		return -ECANCELED;
	do {
		n = read(unpack->fd, unpack->in + unpack->tail, sizeof(unpack->in) - unpack->tail);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	unpack->tail += (size_t)n;
	unpack->ended = !n;
	return 0;
}

static bool is_gzip(const struct unpack *unpack)
{
	return unpack->tail - unpack->head >= 2 &&
	       !memcmp(unpack->in + unpack->head, "\x1f\x8b", 2);
}

/* The output of pzstd(1) begins with a frame to be skipped. */
static bool is_zstd(const struct unpack *unpack)
{
	return unpack->tail >= MAGIC && (!memcmp(unpack->in, "\x28\xb5\x2f\xfd", MAGIC) ||
					 ((unpack->in[0] & 0xf0) == 0x50 &&
					  !memcmp(unpack->in + 1, "\x2a\x4d\x18", MAGIC - 1)));
}

static int find_out(struct unpack *unpack)
{
	int err = 0;

	while (!err && !unpack->ended && unpack->tail < MAGIC)
		err = fill(unpack);
	if (err)
		return err;
	if (is_gzip(unpack)) {
		if (inflateInit2(&unpack->gzip, GZIP_WINDOW) != Z_OK)
			return -ENOMEM;
		unpack->packing = GZIP;
	} else if (is_zstd(unpack)) {
		unpack->zstd = ZSTD_createDCtx();
		if (!unpack->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(
					     unpack->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW)))
			return -ENOMEM;
		unpack->packing = ZSTD;
		unpack->next = 1;
	}
	unpack->inside = unpack->packing != PLAIN;
	unpack->known = true;
	return 0;
}

/* The following return how many bytes came out, or a negative errno. */

static ssize_t plain(struct unpack *unpack, void *buf, size_t len)
{
	if (len > unpack->tail - unpack->head)
		len = unpack->tail - unpack->head;
	memcpy(buf, unpack->in + unpack->head, len);
	unpack->head += len;
	return (ssize_t)len;
}

/* Concatenated files are read as one; zeroes after them are the padding of a tape. */
static int begin_member(struct unpack *unpack)
{
	while (unpack->head < unpack->tail && !unpack->in[unpack->head])
		unpack->head++;
	if (unpack->head == unpack->tail)
		return 0;
	/* Only half of the magic number may be there. */
	if (unpack->tail - unpack->head == 1 && !unpack->ended)
		return 0;
	if (!is_gzip(unpack))
		return -EBADMSG;
	inflateReset(&unpack->gzip);
	unpack->inside = true;
	return 0;
}

static ssize_t inflate_some(struct unpack *unpack, void *buf, size_t len)
{
	z_stream *gzip = &unpack->gzip;
	int result;

	if (!unpack->inside) {
		result = begin_member(unpack);
		if (result || !unpack->inside)
			return result;
	}
	gzip->next_in = unpack->in + unpack->head;
	gzip->avail_in = (uInt)(unpack->tail - unpack->head);
	gzip->next_out = buf;
	gzip->avail_out = (uInt)len;
	result = inflate(gzip, Z_NO_FLUSH);
	unpack->head = unpack->tail - gzip->avail_in;
	if (result == Z_STREAM_END)
		unpack->inside = false;
	else if (result != Z_OK && result != Z_BUF_ERROR)
		unpack->err = result == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
	/* The bytes before the damage are good. */
	return gzip->avail_out < len ? (ssize_t)(len - gzip->avail_out) : unpack->err;
}

static int zstd_errno(size_t result)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return UNPACK_WINDOW;
	case ZSTD_error_memory_allocation:
		return -ENOMEM;
	default:
		return -EBADMSG;
	}
}

/*
 * If a block or what follows it is damaged, the bytes that came out in the same call are lost, too.
 * So each call of the library gets one block.
 */
static ssize_t decompress_some(struct unpack *unpack, void *buf, size_t len)
{
	ZSTD_outBuffer out = { .dst = buf, .size = len };

	/*
	 * Inside a part zstd may have more output without more input; a next part need not exist.
	 */
	while (unpack->head < unpack->tail || unpack->inside) {
		size_t there = unpack->tail - unpack->head;
		size_t size =
			unpack->next > BLOCK_HEADER ? unpack->next - BLOCK_HEADER : unpack->next;
		ZSTD_inBuffer in = {
			.src = unpack->in + unpack->head,
			.size = size < there ? size : there,
		};

		unpack->next = ZSTD_decompressStream(unpack->zstd, &out, &in);
		if (ZSTD_isError(unpack->next))
			return unpack->err = zstd_errno(unpack->next);
		unpack->head += in.pos;
		unpack->inside = unpack->next;
		if (!unpack->inside)
			unpack->next = 1;
		if (out.pos || !there)
			break;
	}
	return (ssize_t)out.pos;
}

ssize_t unpack_read(struct unpack *unpack, void *buf, size_t len)
{
	ssize_t n = unpack->known ? unpack->err : find_out(unpack);
	int err;

	/* zlib counts in int. */
	if (len > CHUNK)
		len = CHUNK;
	while (!n) {
		/* A decompressor may have more output without more input. */
		if (unpack->packing == PLAIN)
			n = plain(unpack, buf, len);
		else if (unpack->packing == GZIP)
			n = inflate_some(unpack, buf, len);
		else
			n = decompress_some(unpack, buf, len);
		if (n || (unpack->ended && unpack->head == unpack->tail))
			break;
		err = fill(unpack);
		if (err)
			return err;
	}
	return !n && unpack->inside ? -ENODATA : n;
}
