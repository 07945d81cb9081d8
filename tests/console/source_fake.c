// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports that a test plays, this and port_fake.c in place of source_port.c: $KPL011_DEV_DIR/<id> is
 * a socket, and the test is the module. Each connection begins with one line:
 *
 *   facts      the answer is "errno N", or KEY VALUE lines up to the end
 *   reap       the answer is "errno N", 0 for success; and so for
 *   detach, reset, restore STATE
 *   input ACT PID  ask, take, seize or give: the answer is "BUSY STATUS PID WHO",
 *              STATUS mine, other or free, with "lost" behind it once
 *   flow 1     it is read without loss, or 0: not any more; "errno N"
 *   marks POS COUNT  the answer is lines "POS NS", COUNT of them at most, from the last one
 *              at or before it
 *   state      the answer is "state STATE": struct kpl011_uart_state in hex
 *   idle       nothing but the end of the VM is told
 *   write      the same, and bytes go to the guest
 *   read POS   the answer begins with the number of bytes that are there, 8
 *              bytes of it. From now on bytes go both ways: to the guest as
 *              they are, with BREAK as a break; from it in frames, of the
 *              number of bytes skipped and the number that follows, 4 bytes
 *              each. The end of the connection is that of the VM.
 *   attach ... on the socket "control": "id N" or "errno N"
 *
 * Where $KPL011_DEV_DIR/<id> is a file and no socket, it is a port of a guest that has said
 * something and lives: the facts, an empty line, and the bytes from position 0 on. Of these
 * there can be thousands.
 *
 * Of the facts there may be more than struct source_facts has: "detached", and
 * for struct port_info those of its members, as "reads_of.NUMBER" for a register;
 * and "write_errno" for each write to fail with, "enforces 1" for a port that takes
 * input from its holder alone.
 */
#include "source/source_port.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port_fake.h"

#define BREAK "\0<BREAK>"

struct port {
	struct source src;
	uint32_t id;
	bool connected;
	char *said; /* of a file: its bytes, NULL: it is a socket */
	size_t said_len;
	size_t said_at;
	bool asked;	/* whether it may write */
	int write_err;	/* a negative errno; 0: it may */
	bool enforces;	/* from the holder of the input alone */
	uint64_t owed;	/* bytes that are there and have not come yet */
	uint32_t frame; /* bytes of it that are left */
	uint32_t head[2];
	size_t head_len; /* bytes of it that have come */
};

static int still_seek(struct port *port, uint64_t pos)
{
	uint64_t count;

	if (pos > port->said_len)
		return -EINVAL;
	port->said_at = (size_t)pos;
	eventfd_read(port->src.fd, &count);
	if (pos < port->said_len)
		eventfd_write(port->src.fd, 1);
	return 0;
}

static ssize_t still_read(struct port *port, void *buf, size_t len)
{
	uint64_t count;

	if (port->said_at == port->said_len) {
		eventfd_read(port->src.fd, &count);
		return -EAGAIN;
	}
	if (len > port->said_len - port->said_at)
		len = port->said_len - port->said_at;
	memcpy(buf, port->said + port->said_at, len);
	port->said_at += len;
	return (ssize_t)len;
}

static int reconnect(struct source *src, const char *request)
{
	struct port *port = (struct port *)src;
	int size = 16384;
	int fd;

	fd = fake_connect(port->id, request);
	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (fd != src->fd) {
		dup3(fd, src->fd, O_CLOEXEC);
		close(fd);
	}
	port->connected = true;
	port->frame = 0;
	port->head_len = 0;
	return 0;
}

static int fake_seek(struct source *src, uint64_t pos)
{
	struct port *port = (struct port *)src;
	char request[64];
	int err;

	if (port->said)
		return still_seek(port, pos);
	snprintf(request, sizeof(request), "read %" PRIu64 "\n", pos);
	err = reconnect(src, request);
	if (!err &&
	    recv(src->fd, &port->owed, sizeof(port->owed), MSG_WAITALL) != sizeof(port->owed))
		err = -EIO;
	return err;
}

static ssize_t fake_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct port *port = (struct port *)src;
	int wait = port->owed ? 0 : MSG_DONTWAIT;
	ssize_t n;

	*skipped = 0;
	if (port->said)
		return still_read(port, buf, len);
	if (!port->frame) {
		n = recv(src->fd, (char *)port->head + port->head_len,
			 sizeof(port->head) - port->head_len, wait);
		if (n < 0 && errno != ECONNRESET)
			return -errno;
		if (n <= 0)
			return 0;
		port->head_len += (size_t)n;
		if (port->head_len < sizeof(port->head))
			return -EAGAIN;
		port->head_len = 0;
		*skipped = port->head[0];
		port->frame = port->head[1];
	}
	if (len > port->frame)
		len = port->frame;
	/* The test sends a frame in one piece. */
	n = recv(src->fd, buf, len, *skipped ? 0 : wait);
	if (n < 0)
		return -errno;
	port->frame -= (uint32_t)n;
	port->owed -= port->owed < (uint64_t)n ? port->owed : (uint64_t)n;
	return n;
}

static int fake_input(struct source *src, enum source_act act, struct source_input *input);

static int write_err(struct port *port)
{
	struct source_input input = { 0 };
	char answer[4096];
	const char *found;

	if (!port->asked && !fake_ask(port->id, "facts\n", answer, sizeof(answer))) {
		found = strstr(answer, "\nwrite_errno ");
		port->write_err = found ? -atoi(found + strlen("\nwrite_errno ")) : 0;
		port->enforces = strstr(answer, "\nenforces 1");
	}
	port->asked = true;
	if (!port->write_err && port->enforces && !fake_input(&port->src, SOURCE_ASK, &input))
		return input.other ? -EBUSY : 0;
	return port->write_err;
}

static ssize_t fake_write(struct source *src, const void *buf, size_t len)
{
	struct port *port = (struct port *)src;
	ssize_t n;
	int err;

	err = write_err(port);
	if (!err && !port->connected)
		err = reconnect(src, "write\n");
	if (err)
		return err;
	n = send(src->fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN ? -EAGAIN : -ENODEV;
	return n;
}

static int fake_break(struct source *src)
{
	ssize_t n = fake_write(src, BREAK, sizeof(BREAK) - 1);

	return n < 0 ? (int)n : 0;
}

static int fake_facts(struct source *src, struct source_facts *facts)
{
	struct port_info info;
	int err;

	err = port_info(((struct port *)src)->id, &info);
	if (!err)
		*facts = info.facts;
	return err;
}

static int fake_reap(struct source *src)
{
	char answer[64];

	return fake_ask(((struct port *)src)->id, "reap\n", answer, sizeof(answer));
}

/* A program holds the input, not each of its files. */
static int fake_input(struct source *src, enum source_act act, struct source_input *input)
{
	static const char *const acts[] = { "ask", "take", "seize", "give" };
	char request[64];
	char answer[64];
	char status[16];
	int busy;
	int pid;
	int err;

	snprintf(request, sizeof(request), "input %s %d\n", acts[act], (int)getpid());
	err = fake_ask(((struct port *)src)->id, request, answer, sizeof(answer));
	if (err)
		return err;
	if (sscanf(answer, "%d %15s %d %15s", &busy, status, &pid, input->who) < 3)
		return -EIO;
	input->mine = strstr(status, "mine");
	input->other = strstr(status, "other");
	input->lost = strstr(status, "lost");
	input->pid = pid;
	return busy ? -EBUSY : 0;
}

static size_t fake_marks(struct source *src, uint64_t pos, struct source_mark *marks, size_t count)
{
	char request[64];
	char answer[16384];
	char *line = answer;
	size_t n = 0;
	int len;

	/* Or each line would have all of the file read. */
	if (((struct port *)src)->said && count >= 2) {
		marks[0] = (struct source_mark){ .pos = 0, .ns = 1 };
		marks[1] = (struct source_mark){ .pos = UINT64_MAX, .ns = 2 };
		return 2;
	}
	snprintf(request, sizeof(request), "marks %" PRIu64 " %zu\n", pos, count);
	if (fake_ask(((struct port *)src)->id, request, answer, sizeof(answer)))
		return 0;
	while (n < count && sscanf(line, "%" SCNu64 " %" SCNd64 "\n%n", &marks[n].pos, &marks[n].ns,
				   &len) == 2) {
		line += len;
		n++;
	}
	return n;
}

static int fake_lossless(struct source *src, bool on)
{
	char request[16];
	char answer[64];

	snprintf(request, sizeof(request), "flow %d\n", on);
	return fake_ask(((struct port *)src)->id, request, answer, sizeof(answer));
}

static void fake_close(struct source *src)
{
	struct port *port = (struct port *)src;

	close(src->fd);
	free(port->said);
	free(port);
}

static const struct source_ops fake_ops = {
	.read = fake_read,
	.seek = fake_seek,
	.write = fake_write,
	.send_break = fake_break,
	.facts = fake_facts,
	.reap = fake_reap,
	.marks = fake_marks,
	.input = fake_input,
	.lossless = fake_lossless,
	.close = fake_close,
};

int port_open(uint32_t id, bool writable, struct source **src)
{
	struct port *port;
	char answer[2048];
	char *bytes;
	int err;

	(void)writable; /* the test says errno where it matters */
	err = fake_ask(id, "facts\n", answer, sizeof(answer));
	if (err)
		return err;
	port = calloc(1, sizeof(*port));
	port->src.ops = &fake_ops;
	port->id = id;
	port->said = fake_still_text(id, &port->said_len, &bytes);
	if (port->said) {
		memmove(port->said, bytes, port->said_len);
		port->src.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		*src = &port->src;
		return 0;
	}
	/* Watched for its end alone: connected, but not reading. */
	port->src.fd = fake_connect(id, "idle\n");
	if (port->src.fd < 0) {
		err = port->src.fd;
		free(port);
		return err;
	}
	*src = &port->src;
	return 0;
}
