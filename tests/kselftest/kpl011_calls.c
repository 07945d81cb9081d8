// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever a call of an open file allocates and copies fails once, one after the other,
 * on a kernel with fault injection: the port and the file are as before.
 */
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "fixture_faults.h"

static int call_open(FIXTURE_DATA(faults) *self)
{
	char path[32];
	int fd, ret;

	snprintf(path, sizeof(path), "/dev/kpl011/%u", self->args.id);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	ret = fd < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int call_read(FIXTURE_DATA(faults) *self)
{
	char bytes[64];
	ssize_t n = pread(self->fd, bytes, sizeof(bytes), 0);

	return n < 0 ? -errno : n == 4 && !memcmp(bytes, "xyz{", 4) ? 0 : -EIO;
}

/* From the position on, which is the first. */
static int call_read_on(FIXTURE_DATA(faults) *self)
{
	char bytes[64];
	ssize_t n = read(self->fd, bytes, sizeof(bytes));

	return n < 0 ? -errno : n == 4 && !memcmp(bytes, "xyz{", 4) ? 0 : -EIO;
}

static int call_write(FIXTURE_DATA(faults) *self)
{
	ssize_t n = write(self->fd, "w", 1);

	return n < 0 ? -errno : 0;
}

static int undo_write(FIXTURE_DATA(faults) *self)
{
	uint64_t value;

	return vm_load(&self->vm, REG(PL011_DR), 4, &value, 64);
}

static int call_poll(FIXTURE_DATA(faults) *self)
{
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN };
	int n = poll(&pfd, 1, 0);

	return n < 0 ? -errno : 0;
}

static int call_seek(FIXTURE_DATA(faults) *self)
{
	return lseek(self->fd, 0, SEEK_SET) ? -errno : 0;
}

static int call_mmap(FIXTURE_DATA(faults) *self)
{
	size_t size = getpagesize() + KPL011_RING_DEFAULT;
	const struct kpl011_ring *ring = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
	int ret = ring == MAP_FAILED ? -errno : 0;

	if (!ret)
		munmap((void *)ring, size);
	return ret;
}

static int call_attribute(FIXTURE_DATA(faults) *self)
{
	char path[64], line[32];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "/sys/class/kpl011/%u/rx_bytes", self->args.id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, line, sizeof(line)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/*
 * ABI: "ENOMEM: there is no memory for the file"
 * ABI: "ENOMEM if there is no memory for the mapping"
 */
TEST_F(faults, calls_of_an_open_file_change_nothing_when_they_fail)
{
	if (self->missing)
		SKIP(return, "%s", self->missing);
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'x', 4));
	fail_each(_metadata, self, "open", call_open, NULL);
	fail_each(_metadata, self, "pread", call_read, NULL);
	fail_each(_metadata, self, "read", call_read_on, call_seek);
	fail_each(_metadata, self, "write", call_write, undo_write);
	fail_each(_metadata, self, "poll", call_poll, NULL);
	fail_each(_metadata, self, "lseek", call_seek, NULL);
	fail_each(_metadata, self, "mmap", call_mmap, NULL);
	fail_each(_metadata, self, "sysfs", call_attribute, NULL);
}

static union {
	struct kpl011_info info;
	struct kpl011_seek seek;
	struct kpl011_marks marks;
	struct kpl011_input input;
	struct kpl011_flow flow;
	struct kpl011_modem modem;
	struct kpl011_break brk;
	struct kpl011_inject inject;
	struct kpl011_reset reset;
	struct kpl011_state state;
} request;
static struct kpl011_mark marks[4];
static unsigned long request_nr;

static int call_ioctl(FIXTURE_DATA(faults) *self)
{
	return ioctl(self->fd, request_nr, &request) ? -errno : 0;
}

/* A UART and a file that each of the requests below changes. */
static int as_they_were(FIXTURE_DATA(faults) *self)
{
	struct kpl011_input give = { .size = sizeof(give), .flags = KPL011_INPUT_GIVE };
	struct kpl011_flow off = { .size = sizeof(off), .flags = KPL011_FLOW_OFF };
	struct kpl011_modem lines = {
		.size = sizeof(lines), .flags = KPL011_MODEM_SET, .inputs = PL011_FR_DSR,
	};

	if (ioctl(self->fd, KPL011_INPUT, &give) || ioctl(self->fd, KPL011_FLOW, &off) ||
	    ioctl(self->fd, KPL011_MODEM, &lines) || lseek(self->fd, 1, SEEK_SET) != 1 ||
	    vm_store(&self->vm, REG(PL011_IBRD), 4, 13, 1))
		return -EIO;
	return undo_write(self);
}

static int with_input(FIXTURE_DATA(faults) *self)
{
	struct kpl011_input take = { .size = sizeof(take), .flags = KPL011_INPUT_TAKE };

	return as_they_were(self) || ioctl(self->fd, KPL011_INPUT, &take) ? -EIO : 0;
}

static int with_flow(FIXTURE_DATA(faults) *self)
{
	struct kpl011_flow on = { .size = sizeof(on), .flags = KPL011_FLOW_ON };

	return as_they_were(self) || ioctl(self->fd, KPL011_FLOW, &on) ? -EIO : 0;
}

TEST_F(faults, requests_change_nothing_when_they_fail)
{
	struct kpl011_uart_state state;

	if (self->missing)
		SKIP(return, "%s", self->missing);
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'x', 4));
#define FAIL_FROM(before, number, member, ...) do {				\
		memset(&request, 0, sizeof(request));				\
		request.member = (typeof(request.member)) {			\
			.size = sizeof(request.member), __VA_ARGS__		\
		};								\
		request_nr = number;						\
		ASSERT_EQ(0, before(self));					\
		fail_each(_metadata, self, #number, call_ioctl, before);	\
	} while (0)
#define FAIL(number, member, ...) FAIL_FROM(as_they_were, number, member, __VA_ARGS__)
	FAIL(KPL011_INFO, info);
	FAIL(KPL011_SEEK, seek, .whence = KPL011_SEEK_LINES, .arg = 1);
	FAIL(KPL011_SEEK, seek, .whence = KPL011_SEEK_TIME);
	FAIL(KPL011_MARKS, marks, .marks = (uintptr_t)marks, .count = 4);
	FAIL(KPL011_INPUT, input, .flags = KPL011_INPUT_TAKE);
	FAIL_FROM(with_input, KPL011_INPUT, input, .flags = KPL011_INPUT_GIVE);
	FAIL(KPL011_FLOW, flow, .flags = KPL011_FLOW_ON);
	FAIL_FROM(with_flow, KPL011_FLOW, flow, .flags = KPL011_FLOW_OFF);
	FAIL(KPL011_MODEM, modem, .flags = KPL011_MODEM_SET, .inputs = PL011_FR_CTS);
	FAIL(KPL011_BREAK, brk);
	FAIL(KPL011_INJECT, inject, .character = 'i');
	FAIL(KPL011_RESET, reset);
	FAIL(KPL011_STATE_GET, state);
	state = request.state.uart;
	state.ibrd = 26;
	FAIL(KPL011_STATE_SET, state, .uart = state);
}

TEST_HARNESS_MAIN
