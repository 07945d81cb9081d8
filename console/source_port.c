// SPDX-License-Identifier: GPL-2.0-only
#include "source_port.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kpl011.h>

_Static_assert(SOURCE_NAME_SIZE == KPL011_NAME_SIZE, "a name fits both ways");

struct port {
	struct source src;
	uint64_t pos;
};

const struct port_limits port_limits = {
	.virt_gpa = KPL011_VIRT_GPA,
	.virt_intid = KPL011_VIRT_INTID,
	.intid_min = KPL011_INTID_MIN,
	.intid_max = KPL011_INTID_MAX,
	.page_size = KPL011_MMIO_SIZE,
	.ring_min = KPL011_RING_MIN,
	.ring_max = KPL011_RING_MAX,
	.ring_default = KPL011_RING_DEFAULT,
};

static struct port *to_port(struct source *src)
{
	return (struct port *)((char *)src - offsetof(struct port, src));
}

static ssize_t port_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct port *port = to_port(src);
	uint64_t before = port->pos;
	ssize_t n;
	off_t now;

	*skipped = 0;
	n = read(src->fd, buf, len);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	now = lseek(src->fd, 0, SEEK_CUR);
	if (now < 0)
		return -errno;
	port->pos = (uint64_t)now;
	*skipped = port->pos - (uint64_t)n - before;
	return n;
}

static int port_seek(struct source *src, uint64_t pos)
{
	if (pos > INT64_MAX || lseek(src->fd, (off_t)pos, SEEK_SET) < 0)
		return pos > INT64_MAX ? -EINVAL : -errno;
	to_port(src)->pos = pos;
	return 0;
}

static ssize_t port_write(struct source *src, const void *buf, size_t len)
{
	ssize_t n = write(src->fd, buf, len);

	if (n > 0)
		return n;
	return !n || errno == EINTR ? -EAGAIN : -errno;
}

static int port_break(struct source *src)
{
	struct kpl011_break arg = { .size = sizeof(arg) };

	return ioctl(src->fd, KPL011_BREAK, &arg) < 0 ? -errno : 0;
}

static int port_facts(struct source *src, struct source_facts *facts)
{
	struct kpl011_info info = { .size = sizeof(info) };

	if (ioctl(src->fd, KPL011_INFO, &info) < 0)
		return -errno;

	*facts = (struct source_facts){
		.id = info.id,
		.live = info.state == KPL011_STATE_LIVE,
		.pid = info.pid,
		.uid = info.uid,
		.gpa = info.gpa,
		.intid = info.intid,
		.ring_size = info.ring_size,
		.attach_ns = info.attach_ns,
		.death_ns = info.death_ns,
		.tx_newest = info.tx_newest,
		.tx_oldest = info.tx_oldest,
		.tx_breaks = info.tx_breaks,
		.rx_bytes = info.rx_bytes,
		.rx_queued = info.rx_queued,
		.rx_breaks = info.rx_breaks,
		.reads = info.reads,
		.writes = info.writes,
		.interrupts = info.interrupts,
	};
	memcpy(facts->name, info.name, sizeof(facts->name) - 1);
	return 0;
}

static int port_reap(struct source *src)
{
	struct kpl011_reap arg = { .size = sizeof(arg) };

	return ioctl(src->fd, KPL011_REAP, &arg) < 0 ? -errno : 0;
}

static void port_close(struct source *src)
{
	close(src->fd);
	free(to_port(src));
}

static const struct source_ops port_ops = {
	.read = port_read,
	.seek = port_seek,
	.write = port_write,
	.send_break = port_break,
	.facts = port_facts,
	.reap = port_reap,
	.close = port_close,
};

const char *port_dir(void)
{
	const char *dir = getenv("KPL011_DEV_DIR");

	return dir && *dir ? dir : "/dev/kpl011";
}

const char *port_path(int64_t id, char path[PORT_PATH_SIZE])
{
	if (id < 0)
		snprintf(path, PORT_PATH_SIZE, "%s/control", port_dir());
	else
		snprintf(path, PORT_PATH_SIZE, "%s/%" PRId64, port_dir(), id);
	return path;
}

int port_control_open(void)
{
	char path[PORT_PATH_SIZE];
	int fd;

	fd = open(port_path(-1, path), O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int port_attach(int control, const struct port_request *req, uint32_t *id)
{
	struct kpl011_attach arg = {
		.size = sizeof(arg),
		.flags = req->strict ? KPL011_ATTACH_STRICT : 0,
		.vm_fd = req->vm_fd,
		.intid = req->intid,
		.gpa = req->gpa,
		.ring_size = req->ring_size,
	};
	size_t len = strlen(req->name);

	if (len >= sizeof(arg.name))
		return -EINVAL;
	memcpy(arg.name, req->name, len);
	if (ioctl(control, KPL011_ATTACH, &arg) < 0)
		return -errno;
	*id = arg.id;
	return 0;
}

int port_open(uint32_t id, bool writable, struct source **src)
{
	int flags = O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	char path[PORT_PATH_SIZE];
	struct port *port;
	int err;

	port = calloc(1, sizeof(*port));
	if (!port)
		return -ENOMEM;
	port->src.ops = &port_ops;
	port->src.fd = open(port_path(id, path), flags | (writable ? O_RDWR : O_RDONLY));
	if (port->src.fd < 0) {
		err = -errno;
		free(port);
		return err;
	}
	*src = &port->src;
	return 0;
}
