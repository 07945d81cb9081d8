// SPDX-License-Identifier: GPL-2.0-only
/* How libFuzzer changes inputs, record by record; and the inputs that it begins with. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define SIZE	sizeof(struct record)

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *two,
				 size_t two_size, uint8_t *out, size_t max, unsigned int seed);

static uint32_t next(uint32_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 17;
	*random ^= *random << 5;
	return *random;
}

/* Most of what matters is in few files and needs few arguments. */
static struct record some_record(uint32_t *random)
{
	struct record record;
	unsigned int i;

	record.op = next(random) % ops_input;
	record.who = next(random) % RUNNERS | (next(random) % 3) << 4;
	if (next(random) % 4 == 0)
		record.who |= WHO_TOGETHER;
	if (next(random) % 16 == 0)
		record.who |= WHO_FAIL;
	for (i = 0; i < sizeof(record.arg); i++)
		record.arg[i] = next(random) % 3 ? next(random) % 8 : next(random);
	if (next(random) % 2)
		record.arg[5] = 0;
	return record;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	uint32_t random = seed * 2654435761u | 1, count = size / SIZE, most = max / SIZE, at, to, n;
	struct record *records = (struct record *)data, record;

	if (most > RECORDS)
		most = RECORDS;
	if (count > most)
		count = most;
	for (n = 1 + next(&random) % 3; n; n--) {
		at = count ? next(&random) % count : 0;
		switch (count ? next(&random) % 12 : 0) {
		case 0 ... 2:	/* one more */
			if (count == most)
				break;
			to = next(&random) % (count + 1);
			memmove(records + to + 1, records + to, (count++ - to) * SIZE);
			records[to] = some_record(&random);
			break;
		case 3:		/* one fewer */
			if (count == 1)
				break;
			memmove(records + at, records + at + 1, (--count - at) * SIZE);
			break;
		case 4:		/* the same again, by somebody else */
			if (count == most)
				break;
			memmove(records + at + 1, records + at, (count++ - at) * SIZE);
			records[at + 1].who = (records[at].who & 0x78) | next(&random) % RUNNERS |
					      (next(&random) & WHO_TOGETHER);
			break;
		case 5:		/* two change places */
			to = next(&random) % count;
			record = records[at];
			records[at] = records[to];
			records[to] = record;
			break;
		case 6:		/* at the same time, or not */
			records[at].who ^= WHO_TOGETHER;
			break;
		case 7:		/* by another, with another file */
			records[at].who = (records[at].who & 0x88) | next(&random) % RUNNERS |
					  (next(&random) % 3) << 4;
			break;
		case 8:		/* without memory */
			records[at].who ^= WHO_FAIL;
			records[at].arg[5] = next(&random);
			break;
		case 9:
			records[at].arg[next(&random) % 6] = next(&random);
			break;
		case 10:
			record = some_record(&random);
			records[at].arg[next(&random) % 6] = record.arg[0];
			break;
		case 11:
			LLVMFuzzerMutate((uint8_t *)&records[at], SIZE, SIZE);
			break;
		}
	}
	return count * SIZE;
}

/* The beginning of one, then the end of the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *two,
				 size_t two_size, uint8_t *out, size_t max, unsigned int seed)
{
	uint32_t random = seed * 2654435761u | 1, from;
	size_t n, size = 0;

	if (one_size >= SIZE) {
		size = (1 + next(&random) % (one_size / SIZE)) * SIZE;
		size = size < max ? size : max / SIZE * SIZE;
		memcpy(out, one, size);
	}
	if (two_size >= SIZE) {
		from = next(&random) % (two_size / SIZE);
		n = two_size / SIZE * SIZE - from * SIZE;
		if (n > max - size)
			n = (max - size) / SIZE * SIZE;
		memcpy(out + size, two + from * SIZE, n);
		size += n;
	}
	return size;
}

#define FILE(n)		((n) << 4)
#define AND		WHO_TOGETHER

struct line {
	const char *op;
	uint8_t who, arg[6];
};

static const struct {
	const char *name;
	struct line lines[20];
} seeds[] = {
	{ "echo", {
		{ "attach", OWNER, { 0 } }, { "set_up", OWNER, { 0 } },
		{ "write", OWNER, { 3, 'x' } }, { "load", OWNER, { 0 } },
		{ "print", OWNER, { 'y', 0, 5 } }, { "read", OWNER, { 16 } },
		{ "poll", OWNER, { 1 } }, { "info", OWNER, { 0 } }, { "load", OWNER, { 10 } },
		{ "store", OWNER, { 12, 0, 0, 0xff, 7 } }, { "detach", OWNER, { 0 } },
		{ "reap", OWNER, { 0 } } } },
	{ "page", {
		{ "attach", OWNER, { 0, KPL011_ATTACH_PAGE } }, { "set_up", OWNER, { 0 } },
		{ "load", OWNER, { 2, 0, 0x4d } }, { "load", OWNER, { 2, 0, 0x4d } },
		{ "print", OWNER, { 'y', 0, 8 } }, { "write", OWNER, { 2, 'x' } },
		{ "load", OWNER, { 0 } }, { "load", OWNER, { 2, 0, 0x4c } },
		{ "load", OWNER, { 2, 0, 0x4c } }, { "memory", OWNER, { 0, 8 } },
		{ "load", OWNER, { 2, 0, 0x4c } }, { "parameter", ROOT, { 0, 0 } },
		{ "trace", ROOT, { 0 } }, { "load", OWNER, { 2, 0, 0x4c } },
		{ "store", OWNER, { 7, 0, 0, 0x81, 3 } }, { "vcpu_init", OWNER, { 0 } } } },
	{ "flow", {
		{ "attach", OWNER, { 0 } }, { "flow", OWNER, { 1 } },
		{ "print", OWNER, { 'y', 0, 15 } }, { "load", OWNER, { 2 } },
		{ "open", OWNER_OTHER | FILE(1), { 0, 4 } }, { "read", OWNER_OTHER | FILE(1), { 20 } },
		{ "read", OWNER, { 19 } }, { "print", OWNER, { 'z', 0, 13 } },
		{ "flow", OWNER, { 0 } }, { "flow", OWNER, { 2 } }, { "lseek", OWNER, { 3, 0 } },
		{ "read", OWNER, { 23 } } } },
	{ "input", {
		{ "attach", OWNER, { 0 } }, { "open", OWNER_OTHER, { 0 } }, { "input", OWNER, { 1 } },
		{ "write", OWNER_OTHER, { 3 } }, { "input", OWNER_OTHER, { 3 } },
		{ "poll", OWNER, { 2 } }, { "input", OWNER, { 0 } }, { "break", OWNER_OTHER, { 0 } },
		{ "inject", OWNER_OTHER, { 'a', 3 } }, { "nonblock", OWNER_OTHER, { 0 } },
		{ "write", OWNER_OTHER, { 27, 'b' } }, { "load", OWNER_THREAD | AND, { 0, 0, 7 } },
		{ "input", OWNER, { 4 } }, { "load", OWNER, { 0, 0, 14 } } } },
	{ "state", {
		{ "attach", OWNER, { 0 } }, { "set_up", OWNER, { 0 } }, { "write", OWNER, { 5, 'x' } },
		{ "state_get", OWNER, { 0 } }, { "reset", OWNER, { 0 } }, { "state_set", OWNER, { 0 } },
		{ "detach", OWNER, { 0 } }, { "attach", OWNER, { 0, 0, 0, 0, 8 } },
		{ "restore_line", OWNER, { 0, 1 } }, { "line", OWNER, { 0, 1 } },
		{ "load", OWNER, { 11 } }, { "modem", OWNER, { 1, 7 } }, { "modem", OWNER, { 0 } } } },
	{ "history", {
		{ "attach", OWNER, { 0 } }, { "print", OWNER, { 1, 0, 9 } },
		{ "print", OWNER, { 'l', 0, 14 } }, { "print", OWNER, { 1 } },
		{ "seek", OWNER, { 2, 1 } }, { "read", OWNER, { 9 } }, { "seek", OWNER, { 3, 0xf1 } },
		{ "marks", OWNER, { 0 } }, { "marks", OWNER, { 10, 2 } }, { "mmap", OWNER, { 0 } },
		{ "seek", OWNER, { 0 } }, { "read", OWNER, { 9, 1, 0, 4 } }, { "epoll", OWNER, { 2 } },
		{ "print", OWNER, { 1, 0, 4 } }, { "sysfs", OWNER_OTHER, { 0, 0 } },
		{ "sysfs", STRANGER, { 0, 0 } }, { "munmap", OWNER, { 0 } } } },
	{ "end", {
		{ "attach", OWNER, { 0 } }, { "nonblock", OWNER, { 0 } }, { "print", OWNER, { 'e' } },
		{ "open", OWNER_OTHER, { 0, 4 } }, { "read", OWNER_OTHER, { 9 } },
		{ "read", OWNER_OTHER, { 9 } }, { "vm_close", OWNER_THREAD | AND, { 0 } },
		{ "write", OWNER, { 3 } }, { "reap", OWNER_OTHER, { 0 } }, { "info", OWNER, { 0 } },
		{ "read", OWNER, { 9 } }, { "attach", OWNER | FILE(1), { 0 } } } },
	{ "users", {
		{ "vm_take", ROOT, { 8 } }, { "attach", ROOT, { 8 } }, { "attach", STRANGER, { 0 } },
		{ "attach", STRANGER | FILE(1), { 0, 0, 0x88 } }, { "vm_take", OWNER_OTHER, { 0 } },
		{ "attach", OWNER_OTHER, { 0 } }, { "store", STRANGER, { 0, 0, 0, 'q' } },
		{ "open", OWNER, { 0 } }, { "open_control", OWNER, { 2 } },
		{ "no_ioctl", OWNER, { 0x40 } }, { "parameter", ROOT, { 1, 1 } },
		{ "attach", OWNER | FILE(1), { 0, 0, 0x88 } }, { "ioeventfd", OWNER, { 8 } },
		{ "detach", ROOT | AND, { 0 } }, { "detach", STRANGER | AND, { 0 } } } },
};

void seeds_write(const char *folder)
{
	struct record records[20];
	char path[160];
	unsigned int i, n;
	int fd;

	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		for (n = 0; n < 20 && seeds[i].lines[n].op; n++) {
			records[n].op = op_of(seeds[i].lines[n].op);
			records[n].who = seeds[i].lines[n].who;
			memcpy(records[n].arg, seeds[i].lines[n].arg, sizeof(records[n].arg));
		}
		snprintf(path, sizeof(path), "%s/%s", folder, seeds[i].name);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0 || write(fd, records, n * SIZE) != (ssize_t)(n * SIZE))
			perror(path);
		close(fd);
	}
}
