// SPDX-License-Identifier: GPL-2.0-only
#include "source/source_port.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kpl011.h>

#include "base/msg.h"
#include "source/ring_view.h"

_Static_assert(SOURCE_NAME_SIZE == KPL011_NAME_SIZE, "a name fits both ways");
_Static_assert(PORT_REGS == KPL011_REGS && PORT_REG_IDS == KPL011_REG_IDS &&
		       PORT_REG_OTHER == KPL011_REG_OTHER,
	       "registers are counted alike");

struct port {
	struct source src;
	uint64_t pos;	 /* of what is read next */
	uint64_t fd_pos; /* the same, as the kernel knows it */
	bool lossless;	 /* the kernel keeps what comes after fd_pos */
	bool tried;	 /* to map its ring */
	void *map;	 /* NULL: bytes come by read(2) */
	size_t map_size;
	struct ring_view ring;
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

/* Called at the first read, as many ports are never read. */
static void map_ring(struct port *port)
{
	struct kpl011_info info = { .size = sizeof(info) };
	const struct kpl011_ring *ring;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	port->tried = true;
	if (ioctl(port->src.fd, KPL011_INFO, &info) < 0)
		return;
	ring = mmap(NULL, page + info.ring_size, PROT_READ, MAP_SHARED, port->src.fd, 0);
	if (ring == MAP_FAILED)
		return;
	if (ring->version != 1 || ring->size != info.ring_size || ring->offset != page) {
		munmap((void *)ring, page + info.ring_size);
		return;
	}
	/* A forked process that lives longer than we do would keep the port in use. */
	madvise((void *)ring, page + info.ring_size, MADV_DONTFORK);
	port->map = (void *)ring;
	port->map_size = page + info.ring_size;
	port->ring = (struct ring_view){
		.head = (const uint64_t *)&ring->head,
		.reserved = (const uint64_t *)&ring->reserved,
		.bytes = (const unsigned char *)ring + ring->offset,
		.size = ring->size,
	};
}

/* Tells the kernel the position: the descriptor is readable while there are bytes after it. */
static int tell_pos(struct port *port)
{
	if (port->fd_pos == port->pos)
		return 0;
	if (lseek(port->src.fd, (off_t)port->pos, SEEK_SET) < 0)
		return -errno;
	port->fd_pos = port->pos;
	return 0;
}

static ssize_t port_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct port *port = to_port(src);
	uint64_t before = port->pos;
	size_t taken;
	ssize_t n;
	off_t now;
	int err;

	if (!port->tried)
		map_ring(port);
	if (port->lossless) {
		err = tell_pos(port);
		if (err)
			return err;
	}
	if (port->map) {
		taken = ring_view_take(&port->ring, &port->pos, buf, len, skipped);
		if (taken) {
			err = ring_view_at_end(&port->ring, port->pos) ? tell_pos(port) : 0;
			return err ? err : (ssize_t)taken;
		}
		/* No bytes, the end, or a writer that is too fast: read(2) tells which. */
		err = tell_pos(port);
		if (err)
			return err;
	}
	*skipped = 0;
	n = read(src->fd, buf, len);
	if (n < 0) {
		/* What was skipped is reported with the bytes after it. */
		port->pos = before;
		return errno == EINTR ? -EAGAIN : -errno;
	}
	now = lseek(src->fd, 0, SEEK_CUR);
	if (now < 0)
		return -errno;
	port->pos = (uint64_t)now;
	port->fd_pos = port->pos;
	*skipped = port->pos - (uint64_t)n - before;
	return n;
}

static int port_seek(struct source *src, uint64_t pos)
{
	if (pos > INT64_MAX || lseek(src->fd, (off_t)pos, SEEK_SET) < 0)
		return pos > INT64_MAX ? -EINVAL : -errno;
	to_port(src)->pos = pos;
	to_port(src)->fd_pos = pos;
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

static enum source_state to_state(uint32_t state)
{
	switch (state) {
	case KPL011_STATE_LIVE:
		return SOURCE_LIVE;
	case KPL011_STATE_DETACHED:
		return SOURCE_DETACHED;
	default:
		return SOURCE_DEAD;
	}
}

/*
 * A time as a signed number. In a container whose clock started later than the host's, a
 * time may be negative: it becomes 1, the clock's start, as 0 stands for no time.
 */
static int64_t since_clock(uint64_t ns)
{
	return (int64_t)ns < 0 ? 1 : (int64_t)ns;
}

static int read_info(int fd, struct kpl011_info *info, struct source_facts *facts)
{
	*info = (struct kpl011_info){ .size = sizeof(*info) };
	if (ioctl(fd, KPL011_INFO, info) < 0)
		return -errno;

	*facts = (struct source_facts){
		.id = info->id,
		.state = to_state(info->state),
		.live = info->state == KPL011_STATE_LIVE,
		.pid = info->pid,
		.uid = info->uid,
		.gpa = info->gpa,
		.intid = info->intid,
		.ring_size = info->ring_size,
		.attach_ns = since_clock(info->attach_ns),
		.death_ns = since_clock(info->death_ns),
		.life = info->attach_ns & INT64_MAX,
		.tx_newest = info->tx_newest,
		.tx_oldest = info->tx_oldest,
		.tx_breaks = info->tx_breaks,
		.rx_bytes = info->rx_bytes,
		.rx_queued = info->rx_queued,
		.rx_breaks = info->rx_breaks,
		.reads = info->reads,
		.writes = info->writes,
		.interrupts = info->interrupts,
		.resets = info->resets,
	};
	memcpy(facts->name, info->name, sizeof(facts->name) - 1);
	return 0;
}

static int port_facts(struct source *src, struct source_facts *facts)
{
	struct kpl011_info info;

	return read_info(src->fd, &info, facts);
}

static int port_reap(struct source *src)
{
	struct kpl011_reap arg = { .size = sizeof(arg) };

	return ioctl(src->fd, KPL011_REAP, &arg) < 0 ? -errno : 0;
}

static size_t port_marks(struct source *src, uint64_t pos, struct source_mark *marks, size_t count)
{
	struct kpl011_mark got[KPL011_MARKS_MAX];
	struct kpl011_marks arg = {
		.size = sizeof(arg),
		.pos = pos,
		.marks = (uintptr_t)got,
		.count = count < KPL011_MARKS_MAX ? (uint32_t)count : KPL011_MARKS_MAX,
	};

	if (!count || ioctl(src->fd, KPL011_MARKS, &arg) < 0)
		return 0;
	for (uint32_t i = 0; i < arg.count; i++)
		marks[i] = (struct source_mark){ .pos = got[i].pos, .ns = got[i].ns };
	return arg.count;
}

static int port_input(struct source *src, enum source_act act, struct source_input *input)
{
	static const uint32_t flags[] = {
		[SOURCE_ASK] = 0,
		[SOURCE_TAKE] = KPL011_INPUT_TAKE,
		[SOURCE_SEIZE] = KPL011_INPUT_TAKE | KPL011_INPUT_FORCE,
		[SOURCE_GIVE] = KPL011_INPUT_GIVE,
	};
	struct kpl011_input arg = { .size = sizeof(arg), .flags = flags[act] };
	int err = ioctl(src->fd, KPL011_INPUT, &arg) < 0 ? -errno : 0;

	/* With EBUSY the answer says who holds it. */
	if (err && err != -EBUSY)
		return err;
	input->mine = arg.status & KPL011_INPUT_MINE;
	input->other = arg.status & KPL011_INPUT_OTHER;
	input->lost = arg.status & KPL011_INPUT_LOST;
	input->pid = arg.pid;
	arg.comm[sizeof(arg.comm) - 1] = '\0';
	msg_clean(input->who, sizeof(input->who), arg.comm);
	return err;
}

/* Starts at the byte that is read next. A reader that was dropped as too slow has to ask again. */
static int port_lossless(struct source *src, bool on)
{
	struct kpl011_flow arg = {
		.size = sizeof(arg),
		.flags = on ? KPL011_FLOW_ON : KPL011_FLOW_OFF,
	};
	int err = tell_pos(to_port(src));

	if (!err && ioctl(src->fd, KPL011_FLOW, &arg) < 0)
		err = -errno;
	if (!err)
		to_port(src)->lossless = on;
	return err;
}

static void port_close(struct source *src)
{
	struct port *port = to_port(src);

	if (port->map)
		munmap(port->map, port->map_size);
	close(src->fd);
	free(port);
}

static const struct source_ops port_ops = {
	.read = port_read,
	.seek = port_seek,
	.write = port_write,
	.send_break = port_break,
	.facts = port_facts,
	.reap = port_reap,
	.marks = port_marks,
	.input = port_input,
	.lossless = port_lossless,
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
		.flags = (req->strict ? KPL011_ATTACH_STRICT : 0) |
			 (req->page ? KPL011_ATTACH_PAGE : 0),
		.vm_fd = req->vm_fd,
		.intid = req->intid,
		.gpa = req->gpa,
		.ring_size = req->ring_size,
		.state = (uintptr_t)req->state,
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

/* One ioctl on a port, without a source. */
static int port_ask(uint32_t id, int flags, unsigned long request, void *arg)
{
	char path[PORT_PATH_SIZE];
	int err = 0;
	int fd;

	fd = open(port_path(id, path), flags | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, request, arg) < 0)
		err = -errno;
	close(fd);
	return err;
}

int port_detach(uint32_t id)
{
	struct kpl011_detach arg = { .size = sizeof(arg) };

	return port_ask(id, O_RDWR, KPL011_DETACH, &arg);
}

int port_reset(uint32_t id)
{
	struct kpl011_reset arg = { .size = sizeof(arg) };

	return port_ask(id, O_RDWR, KPL011_RESET, &arg);
}

int port_info(uint32_t id, struct port_info *info)
{
	struct kpl011_info arg;
	char path[PORT_PATH_SIZE];
	int err;
	int fd;

	fd = open(port_path(id, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	err = read_info(fd, &arg, &info->facts);
	close(fd);
	if (err)
		return err;
	info->strict = arg.attach_flags & KPL011_ATTACH_STRICT;
	info->no_flow = arg.attach_flags & KPL011_ATTACH_NO_FLOW;
	info->flow_ms = arg.flow_ms;
	info->tx_lost = arg.tx_lost;
	info->resets = arg.resets;
	info->flow_stalls = arg.flow_stalls;
	info->flow_stall_ns = arg.flow_stall_ns;
	info->flow_drops = arg.flow_drops;
	info->page = port_page_text(arg.page);
	info->page_maps = arg.page_maps;
	info->page_unmaps = arg.page_unmaps;
	info->page_cleans = arg.page_cleans;
	memcpy(info->reads_of, arg.reads_of, sizeof(info->reads_of));
	memcpy(info->writes_of, arg.writes_of, sizeof(info->writes_of));
	return 0;
}

int port_state_get(uint32_t id, struct kpl011_uart_state *state)
{
	struct kpl011_state arg = { .size = sizeof(arg) };
	int err;

	err = port_ask(id, O_RDONLY, KPL011_STATE_GET, &arg);
	*state = arg.uart;
	return err;
}

int port_state_set(uint32_t id, const struct kpl011_uart_state *state)
{
	struct kpl011_state arg = { .size = sizeof(arg), .uart = *state };

	return port_ask(id, O_RDWR, KPL011_STATE_SET, &arg);
}
