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

/* Of zlib: the largest window, and the header is that of gzip. */
#define GZIP_WINDOW (15 + 16)

/* As many bytes tell which it is. */
#define MAGIC 4

/* Of zstd. */
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
	bool known;  /* which it is */
	bool ended;  /* there is no more to be read */
	bool inside; /* a part that is compressed has begun, and not ended */
	int err;     /* behind what came out last */
	z_stream gzip;
	ZSTD_DCtx *zstd;
	size_t next; /* bytes that it asks for: the rest of a block, and the header behind it */
	size_t head; /* of in */
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

/* More behind what is there. 0: there is some, or it was the end. */
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

/* What pzstd(1) writes begins with a frame that is to be passed over. */
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

/* What these return: how many bytes came out, or a negative errno. */

static ssize_t plain(struct unpack *unpack, void *buf, size_t len)
{
	if (len > unpack->tail - unpack->head)
		len = unpack->tail - unpack->head;
	memcpy(buf, unpack->in + unpack->head, len);
	unpack->head += len;
	return (ssize_t)len;
}

/* Files that were put behind one another are one; zeroes are the padding of a tape. */
static int begin_member(struct unpack *unpack)
{
	while (unpack->head < unpack->tail && !unpack->in[unpack->head])
		unpack->head++;
	if (unpack->head == unpack->tail)
		return 0;
	/* What begins it may be half there. */
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
	/* What came out in front of it is right. */
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
 * Where a block or what is behind it is damaged, nothing that came out in the same call is known:
 * a block is given to it by itself.
 */
static ssize_t decompress_some(struct unpack *unpack, void *buf, size_t len)
{
	ZSTD_outBuffer out = { .dst = buf, .size = len };

	/* It may have more to give without more to read; only of the next part nothing need be. */
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

	/* zlib counts by int. */
	if (len > CHUNK)
		len = CHUNK;
	while (!n) {
		/* What is compressed may have more to give without more to read. */
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
