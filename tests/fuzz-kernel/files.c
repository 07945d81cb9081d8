// SPDX-License-Identifier: GPL-2.0-only
/* Operations: what may be done to the module's files. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"

#define PAGE		0x1000
#define MODULE		"/sys/module/kpl011/parameters/"

int file_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -errno : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = 0;
	if (fd >= 0)
		close(fd);
	return n;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* Threads that share a slot let go of a file once. */
void slot_put(struct process *process, unsigned int slot, int fd)
{
	int old = __atomic_exchange_n(&process->slot[slot].fd, fd < 0 ? -1 : fd, __ATOMIC_ACQ_REL);

	if (old >= 0)
		close(old);
}

void slot_unmap(struct process *process, unsigned int slot)
{
	void *map = __atomic_exchange_n(&process->slot[slot].map, NULL, __ATOMIC_ACQ_REL);

	if (map)
		munmap(map, process->slot[slot].map_size);
}

void *buffer(struct runner *runner, uint8_t kind, void *good, size_t size)
{
	char *edge = runner->process->edge;

	switch (kind & 15) {
	case 11: return NULL;
	case 12: return (void *)0xffff800080000000;
	case 13: return memcpy(edge + PAGE - (size < PAGE ? size : PAGE), good,
			       size < PAGE ? size : PAGE);
	case 14: return memcpy(edge + PAGE - size / 2 % PAGE, good, size / 2 % PAGE);
	case 15: return edge + PAGE - 4;
	default: return good;
	}
}

static struct slot *slot_of(struct runner *runner, const struct record *record)
{
	return &runner->process->slot[WHO_SLOT(record->who)];
}

OP(op_open)
{
	static const int modes[] = { O_RDWR, O_RDWR, O_RDONLY, O_WRONLY };
	const struct seen *seen = seen_port(record->arg[0]);
	int fd = port_open(seen ? seen->id : record->arg[0],
			   modes[record->arg[1] & 3] | (record->arg[1] & 4 ? 0 : O_NONBLOCK));

	if (fd < 0)
		return fd;
	slot_put(runner->process, WHO_SLOT(record->who), fd);
	return 0;
}

OP(op_open_control)
{
	int fd = open("/dev/kpl011/control", record->arg[0] % 3 | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	slot_put(runner->process, WHO_SLOT(record->who), fd);
	return 0;
}

OP(op_close)
{
	if (record->arg[0] & 1)
		slot_unmap(runner->process, WHO_SLOT(record->who));
	slot_put(runner->process, WHO_SLOT(record->who), -1);
	return 0;
}

OP(op_dup)
{
	int fd = fcntl(slot_of(runner, record)->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	slot_put(runner->process, record->arg[0] % SLOTS, fd);
	return 0;
}

/* At most a ring of the usual size. */
static size_t some_length(uint8_t byte)
{
	return telling(byte % 0xf0) & 0x1ffff;
}

OP(op_read)
{
	static __thread char bytes[0x20000];
	int fd = slot_of(runner, record)->fd;
	size_t length = some_length(record->arg[0]);
	char *to = buffer(runner, record->arg[2], bytes, length);
	struct iovec parts[2] = { { to, length / 2 }, { bytes, length - length / 2 } };
	ssize_t n;

	switch (record->arg[1] & 3) {
	case 1: n = pread(fd, to, length, telling(record->arg[3])); break;
	case 2: n = readv(fd, parts, 2); break;
	default: n = read(fd, to, length);
	}
	return n < 0 ? -errno : n;
}

OP(op_write)
{
	static __thread char bytes[0x20000];
	size_t length = some_length(record->arg[0]);
	char *from;
	ssize_t n;

	memset(bytes, record->arg[1], length);
	from = buffer(runner, record->arg[2], bytes, length);
	n = write(slot_of(runner, record)->fd, from, length);
	return n < 0 ? -errno : n;
}

OP(op_lseek)
{
	static const int whences[] = { SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE, 9 };
	off_t offset = telling(record->arg[1]);

	if (record->arg[2] & 1)
		offset = -offset;
	offset = lseek(slot_of(runner, record)->fd, offset, whences[record->arg[0] % 6]);
	return offset < 0 ? -errno : offset;
}

OP(op_poll)
{
	struct pollfd pfd = {
		.fd = slot_of(runner, record)->fd,
		.events = record->arg[0] | (record->arg[0] & 1 ? POLLIN : 0),
	};
	int n = poll(&pfd, 1, record->arg[1] & 1 ? 5 : 0);

	return n < 0 ? -errno : pfd.revents;
}

OP(op_epoll)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLET |
			  (record->arg[0] & 1 ? EPOLLEXCLUSIVE : 0),
	};
	int epfd = epoll_create1(EPOLL_CLOEXEC);
	int n;

	if (epoll_ctl(epfd, EPOLL_CTL_ADD, slot_of(runner, record)->fd, &event)) {
		n = -errno;
		close(epfd);
		return n;
	}
	epoll_wait(epfd, &event, 1, 0);
	n = epoll_wait(epfd, &event, 1, record->arg[1] & 1 ? 5 : 0);
	/* Kept in a slot it goes on being told, also of the port's end. */
	if (record->arg[0] & 2)
		slot_put(runner->process, record->arg[2] % SLOTS, epfd);
	else
		close(epfd);
	return n;
}

OP(op_mmap)
{
	static const int prots[] = { PROT_READ, PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE };
	size_t sizes[] = { PAGE + KPL011_RING_MIN, PAGE, 1, PAGE + KPL011_RING_DEFAULT, 0x100000 };
	size_t size = sizes[record->arg[1] % 5];
	struct slot *slot = slot_of(runner, record);
	const volatile char *map;
	void *new;
	int64_t sum = 0;
	size_t i;

	slot_unmap(runner->process, WHO_SLOT(record->who));
	new = mmap(NULL, size, prots[record->arg[0] & 3],
		   record->arg[0] & 4 ? MAP_PRIVATE : MAP_SHARED, slot->fd,
		   record->arg[2] & 1 ? PAGE : 0);
	if (new == MAP_FAILED)
		return -errno;
	/* Of another kind of file it may be more than there is. */
	map = new;
	if ((record->arg[0] & 3) != 3 && size <= PAGE + KPL011_RING_MIN)
		for (i = 0; i < size; i += PAGE / 2)
			sum += map[i];
	slot->map_size = size;
	__atomic_store_n(&slot->map, new, __ATOMIC_RELEASE);
	return sum & 0xff;
}

OP(op_munmap)
{
	slot_unmap(runner->process, WHO_SLOT(record->who));
	return 0;
}

OP(op_nonblock)
{
	int fd = slot_of(runner, record)->fd;
	int flags = fcntl(fd, F_GETFL);

	return fcntl(fd, F_SETFL, flags ^ O_NONBLOCK) ? -errno : 0;
}

OP(op_sysfs)
{
	static const char *const names[] = {
		"name", "state", "gpa", "intid", "pid", "uid", "strict", "ring_size", "page",
		"uevent", "tx_bytes", "tx_breaks", "rx_bytes", "rx_queued", "rx_breaks", "reads",
		"writes", "interrupts", "tx_lost", "flow_stalls", "page_maps", "dev",
	};
	const struct seen *seen = seen_port(record->arg[0]);
	char path[96], text[PAGE];

	snprintf(path, sizeof(path), "/sys/class/kpl011/%u/%s", seen ? seen->id : 0,
		 names[record->arg[1] % (sizeof(names) / sizeof(names[0]))]);
	if (record->arg[2] & 1)
		return file_write(path, "add");
	return file_read(path, text, sizeof(text));
}

OP(op_parameter)
{
	static const char *const names[] = {
		"page", "ports_max", "history_max", "dead_max", "all_ports_max", "all_history_max",
	};
	static const char *const values[] = { "0", "1", "2", "4294967295", "-1", "" };
	static const char *const pages[] = { "on", "off", "asked", "on", "", "what" };
	unsigned int name = record->arg[0] % 6;
	char path[96];

	snprintf(path, sizeof(path), MODULE "%s", names[name]);
	stage->parameters_set = 1;
	return file_write(path, (name ? values : pages)[record->arg[1] % 6]);
}

OP(op_trace)
{
	static const char *const names[] = { "enable", "kpl011_read/enable", "kpl011_write/enable" };
	char path[96];

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/kpl011/%s",
		 names[record->arg[0] % 3]);
	stage->traced = 1;
	return file_write(path, record->arg[1] & 1 ? "0" : "1");
}
