// SPDX-License-Identifier: GPL-2.0-only
#include "source/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "source/source.h"

/* /dev/tty: a process's own terminal, whichever that is. */
#define OWN_TERMINAL makedev(5, 0)

/*
 * Makes a socket's address, which holds paths of up to 107 bytes. A longer path is
 * opened, and addressed by that descriptor: @held, to be closed after connecting, or -1.
 */
static int fill(const char *path, struct sockaddr_un *address, socklen_t *len, int *held)
{
	size_t path_len = strlen(path);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*len = sizeof(*address);
	*held = -1;
	if (path[0] == '@') {
		memcpy(address->sun_path + 1, path + 1, path_len - 1);
		*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_len);
	} else if (path_len < sizeof(address->sun_path)) {
		memcpy(address->sun_path, path, path_len);
	} else {
		*held = open(path, O_PATH | O_CLOEXEC);
		if (*held < 0)
			return -errno;
		snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d", *held);
	}
	return 0;
}

static int connect_address(int fd, const struct sockaddr_un *address, socklen_t len)
{
	if (!connect(fd, (const struct sockaddr *)address, len))
		return 0;
	/* Some programs bind an abstract name with NULs up to the end of the address. */
	if (errno == ECONNREFUSED && len < sizeof(*address) &&
	    !connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		return 0;
	return -errno;
}

/* Finds out who listens. If the origin names a process, it has to be that one. */
static int identify(const struct origin *origin, struct connection *con)
{
	socklen_t len = sizeof(struct ucred);
	struct ucred peer;

	if (getsockopt(con->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return origin->pid ? -errno : 0;
	con->pid = peer.pid;
	con->uid = peer.uid;
	if (origin->pid && (peer.pid != origin->pid || (peer.uid && peer.uid != origin->uid)))
		return ORIGIN_NOT_ITS;
	return 0;
}

/* The file type, such as S_IFSOCK; 0: not known. */
static mode_t type_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & S_IFMT;
}

/* Why open(2) failed. For a socket it only says that there is no such device. */
static int open_errno(const char *path)
{
	int err = -errno;

	return err == -ENXIO && type_of(path) == S_IFSOCK ? (int)ORIGIN_IS_SOCKET : err;
}

static int connect_unix(const struct origin *origin, struct connection *con)
{
	struct sockaddr_un address;
	socklen_t len;
	mode_t type;
	int held;
	int err;

	err = fill(origin->path, &address, &len, &held);
	if (err)
		return err;
	con->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	err = con->fd < 0 ? -errno : connect_address(con->fd, &address, len);
	if (held >= 0)
		close(held);
	/* connect(2) fails like this for any file that is not a socket. */
	if (err == -ECONNREFUSED && origin->path[0] != '@') {
		type = type_of(origin->path);
		if (type && type != S_IFSOCK)
			err = ORIGIN_NO_SOCKET;
	}
	return err ? err : identify(origin, con);
}

/* Whether it is the terminal of this program, which must not become raw and be read. */
static bool is_ours(const struct stat *st)
{
	struct stat own;

	if (st->st_rdev == OWN_TERMINAL)
		return true;
	for (int fd = 0; fd < 3; fd++)
		if (isatty(fd) && !fstat(fd, &own) && own.st_rdev == st->st_rdev)
			return true;
	return false;
}

static int open_terminal(const struct origin *origin, struct connection *con)
{
	struct termios raw;
	struct stat st;

	con->fd = open(origin->path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (con->fd < 0)
		return open_errno(origin->path);
	if (fstat(con->fd, &st))
		return -errno;
	if (S_ISCHR(st.st_mode) && is_ours(&st))
		return ORIGIN_OWN_TERMINAL;
	if (tcgetattr(con->fd, &con->before))
		return errno == ENOTTY ? (int)ORIGIN_NO_TERMINAL : -errno;
	con->terminal = true;
	con->uid = st.st_uid;
	raw = con->before;
	cfmakeraw(&raw);
	tcsetattr(con->fd, TCSANOW, &raw);
	return 0;
}

/* Opens a descriptor's file again; @held may be O_PATH. Returns a new descriptor or an errno. */
static int open_held(int held, int flags)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", held);
	fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Opens both directions if it may. For reading: as we are a writer, too, there is no
 * end of file when the VMM has gone, and another VMM can come. For writing: as we are
 * a reader, too, a VMM that is not there yet finds what was typed. @half: one direction only.
 */
static int open_held_pipe(int held, bool to_write, bool *half)
{
	int fd = open_held(held, O_RDWR);

	*half = fd == -EACCES;
	return *half ? open_held(held, to_write ? O_WRONLY : O_RDONLY) : fd;
}

/* The name may get another file at any time. O_PATH makes sure that the checked one is opened. */
static int open_pipe(const char *path, bool to_write, struct stat *st, bool *half)
{
	int held = open(path, O_PATH | O_CLOEXEC);
	int fd;

	if (held < 0)
		return -errno;
	if (fstat(held, st))
		fd = -errno;
	else
		fd = S_ISFIFO(st->st_mode) ? open_held_pipe(held, to_write, half)
					   : (int)ORIGIN_NO_PIPE;
	close(held);
	return fd;
}

bool connection_is_pipe(const struct origin *origin)
{
	return origin->kind == ORIGIN_PIPE || origin->kind == ORIGIN_FILE;
}

static void pipe_out_of_pair(const struct origin *origin, char path[CONNECTION_PATH_SIZE])
{
	snprintf(path, CONNECTION_PATH_SIZE, "%s.out", origin->path);
}

/* The guest's output: QEMU's -serial pipe:PATH is PATH.in and PATH.out, or PATH without input. */
static void pipe_out(const struct origin *origin, char path[CONNECTION_PATH_SIZE])
{
	struct stat st;

	pipe_out_of_pair(origin, path);
	if (origin->kind == ORIGIN_FILE || stat(path, &st))
		snprintf(path, CONNECTION_PATH_SIZE, "%s", origin->path);
}

static void pipe_in(const struct origin *origin, char path[CONNECTION_PATH_SIZE])
{
	snprintf(path, CONNECTION_PATH_SIZE, "%s.in", origin->path);
}

static bool has_in(const struct origin *origin, char path[CONNECTION_PATH_SIZE])
{
	pipe_in(origin, path);
	return origin->kind == ORIGIN_PIPE && !access(path, F_OK);
}

/* Makes an error say that it is PATH.in's. */
static int in_errno(int err)
{
	switch (err) {
	case -ENOENT:
		return ORIGIN_IN_MISSING;
	case -EACCES:
		return ORIGIN_IN_DENIED;
	case ORIGIN_NO_PIPE:
		return ORIGIN_IN_NO_PIPE;
	default:
		return err;
	}
}

static int open_pipes(const struct origin *origin, struct connection *con)
{
	char path[CONNECTION_PATH_SIZE];
	struct stat st;
	bool half;
	int fd;

	pipe_out(origin, path);
	con->no_input = !strcmp(path, origin->path);
	con->fd = open_pipe(path, false, &st, &half);
	if (con->fd == -ENOENT && has_in(origin, path))
		return ORIGIN_OUT_MISSING;
	if (con->fd == ORIGIN_NO_PIPE && !con->no_input)
		return ORIGIN_OUT_NO_PIPE;
	if (con->fd < 0)
		return con->fd;
	con->uid = st.st_uid;
	if (con->no_input)
		return 0;
	pipe_in(origin, path);
	fd = open_pipe(path, true, &st, &con->write_only);
	if (fd < 0)
		return in_errno(fd);
	con->room_fd = fd;
	return 0;
}

static bool is_other(const char *path, int fd)
{
	struct stat named;
	struct stat st;

	return !stat(path, &named) && !fstat(fd, &st) &&
	       (named.st_dev != st.st_dev || named.st_ino != st.st_ino);
}

bool connection_is_replaced(const struct origin *origin, const struct connection *con)
{
	char path[CONNECTION_PATH_SIZE];

	/* Not pipe_out(): while a pair is made again, PATH without .out is not one of it. */
	if (con->no_input)
		snprintf(path, sizeof(path), "%s", origin->path);
	else
		pipe_out_of_pair(origin, path);
	if (is_other(path, con->fd))
		return true;
	if (!con->room_fd)
		return false;
	pipe_in(origin, path);
	return is_other(path, con->room_fd);
}

int connection_exchange(struct connection *con, struct connection *new)
{
	if (!new->room_fd != !con->room_fd)
		return -ENODEV;
	if (new->room_fd) {
		if (dup3(new->room_fd, con->room_fd, O_CLOEXEC) < 0)
			return -errno;
		close(new->room_fd);
		new->room_fd = con->room_fd;
		con->room_fd = 0;
	}
	connect_end(con);
	*con = *new;
	return 0;
}

/*
 * Whether somebody else has the pipe open for reading. Our own descriptor counts as a reader as
 * long as it reads, too, so it is made write-only first. The bytes in a pipe stay as long as
 * anybody has it open.
 */
static bool has_reader(struct connection *con)
{
	struct pollfd ready = { .fd = con->room_fd };
	int fd;

	if (!con->write_only) {
		fd = open_held(con->room_fd, O_WRONLY);
		if (fd < 0)
			return false;
		con->write_only = dup3(fd, con->room_fd, O_CLOEXEC) >= 0;
		close(fd);
		if (!con->write_only)
			return false;
	}
	return poll(&ready, 1, 0) == 0;
}

static int unread_of_socket(const struct connection *con)
{
	socklen_t len = sizeof(int);
	int left = 0;
	int err = 0;

	/* A pseudo terminal does not know this. */
	if (ioctl(con->fd, SIOCOUTQ, &left) ||
	    getsockopt(con->fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return 0;
	if (err)
		return -ENODEV;
	/* Not a count of unread bytes: Unix sockets count memory, TCP what is not acknowledged. */
	return left ? SOURCE_UNREAD_SOME : 0;
}

int connection_unread(struct connection *con, bool *kept)
{
	int left = 0;

	*kept = false;
	if (!con->room_fd)
		return unread_of_socket(con);
	if (ioctl(con->room_fd, FIONREAD, &left) || !left)
		return 0;
	*kept = has_reader(con);
	return left;
}

int connect_origin(const struct origin *origin, struct connection *con)
{
	int err;

	*con = (struct connection){ .fd = -1 };
	if (origin->kind == ORIGIN_UNIX)
		err = connect_unix(origin, con);
	else if (origin->kind == ORIGIN_PTY)
		err = open_terminal(origin, con);
	else
		err = open_pipes(origin, con);
	if (err)
		connect_end(con);
	return err;
}

void connect_end(struct connection *con)
{
	if (con->terminal)
		tcsetattr(con->fd, TCSANOW, &con->before);
	if (con->fd >= 0)
		close(con->fd);
	if (con->room_fd)
		close(con->room_fd);
	*con = (struct connection){ .fd = -1 };
}
