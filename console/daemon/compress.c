// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/compress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

#include "base/regular.h"

#define LEVEL 3

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Compresses until the input is used up, or at the end until all output is written. */
static int step(ZSTD_CCtx *zstd, ZSTD_inBuffer *in, ZSTD_EndDirective how, int to, char *out,
		size_t room)
{
	size_t left;
	int err;

	do {
		ZSTD_outBuffer done = { .dst = out, .size = room };

		left = ZSTD_compressStream2(zstd, &done, in, how);
		if (ZSTD_isError(left))
			return -EIO;
		err = write_all(to, out, done.pos);
		if (err)
			return err;
	} while (how == ZSTD_e_end ? left : in->pos < in->size);
	return 0;
}

static int stream(ZSTD_CCtx *zstd, int from, int to, char *in, size_t in_size, char *out,
		  size_t out_size)
{
	ssize_t n;
	int err;

	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	do {
		ZSTD_inBuffer piece = { .src = in };

		n = read(from, in, in_size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		piece.size = (size_t)n;
		err = step(zstd, &piece, n ? ZSTD_e_continue : ZSTD_e_end, to, out, out_size);
		if (err)
			return err;
	} while (n);
	return 0;
}

static int compress(int from, int to)
{
	size_t out_size = ZSTD_CStreamOutSize();
	size_t in_size = ZSTD_CStreamInSize();
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	char *out = malloc(out_size);
	char *in = malloc(in_size);
	int err = -ENOMEM;

	if (zstd && in && out)
		err = stream(zstd, from, to, in, in_size, out, out_size);
	free(in);
	free(out);
	ZSTD_freeCCtx(zstd);
	return err;
}

/*
 * Gives the copy the file's times, owner, group and mode. If it cannot have the file's group, no
 * other group gets that group's permissions.
 */
static int finish(int from, int to, bool *other_group)
{
	mode_t mode = 0777;
	struct stat made;
	struct stat st;

	if (fstat(from, &st) || fstat(to, &made))
		return -errno;
	/*
	 * One by one: a service that may not give the file away can still be able to set its
	 * group.
	 */
	*other_group = made.st_gid != st.st_gid && fchown(to, (uid_t)-1, st.st_gid);
	if (made.st_uid != st.st_uid && fchown(to, st.st_uid, (gid_t)-1) && errno != EPERM)
		return -errno;
	if (*other_group)
		mode &= ~(mode_t)S_IRWXG;
	if (fchmod(to, st.st_mode & mode) ||
	    futimens(to, (struct timespec[]){ st.st_atim, st.st_mtim }) || fsync(to))
		return -errno;
	return 0;
}

int compress_file(int from_dir, const char *from, int to_dir, const char *to, bool *other_group)
{
	int out = -1;
	int err = 0;
	int in;

	*other_group = false;
	in = regular_open_at(from_dir, from, O_RDONLY | O_NOFOLLOW, 0);
	if (in < 0)
		return in;
	unlinkat(to_dir, to, 0);
	out = openat(to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out < 0) {
		err = -errno;
		close(in);
		return err;
	}
	err = compress(in, out);
	if (!err)
		err = finish(in, out, other_group);
	close(in);
	if (close(out) && !err)
		err = -errno;
	if (err)
		unlinkat(to_dir, to, 0);
	return err;
}
