// SPDX-License-Identifier: GPL-2.0-only
/* Operations: the ABI's ioctls, with arguments that are right and that are not. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"

#define ROOM	0x1000	/* larger than any structure */

/*
 * What one byte does to a structure of which @used bytes are said: nothing, or a
 * size, flag, address or word of it is wrong. Returns the structure to be given.
 */
static void *mangle(struct runner *runner, uint8_t byte, uint32_t *words, uint32_t used)
{
	static const uint32_t sizes[] = { 0, 4, 7, 8, 16, 24, 32, 96, 104, 112, 4096, 4097, -1u };
	uint8_t value = byte >> 3;

	switch (byte & 7) {
	case 3:
		if (value < 13)
			words[0] = sizes[value];
		else if (value < 20)
			words[0] = used + 8 * (value - 16);
		else
			words[0] = used + 8, words[used / 4] = value & 1;
		break;
	case 4:
		words[1] ^= 1u << value;
		break;
	case 5:
		return buffer(runner, value, words, used);
	case 6:
		words[value % (used / 4)] ^= ~0u;
		break;
	case 7:
		words[used / 4 - 1] = value;
		break;
	}
	return words;
}

static int64_t call(struct runner *runner, const struct record *record, unsigned int cmd,
		    void *args, uint32_t size)
{
	struct slot *slot = &runner->process->slot[WHO_SLOT(record->who)];
	uint8_t byte = record->who & WHO_FAIL ? 0 : record->arg[5];

	*(uint32_t *)args = size;
	args = mangle(runner, byte, args, size);
	return ioctl(slot->fd, cmd, args) ? -errno : 0;
}

/* Those that have no more than a size and flags. */
#define PLAIN(op, cmd, type)							\
OP(op)										\
{										\
	uint32_t words[ROOM / 4] = { 0 };					\
										\
	return call(runner, record, cmd, words, sizeof(struct type));		\
}

PLAIN(op_detach, KPL011_DETACH, kpl011_detach)
PLAIN(op_reap, KPL011_REAP, kpl011_reap)
PLAIN(op_info, KPL011_INFO, kpl011_info)
PLAIN(op_break, KPL011_BREAK, kpl011_break)
PLAIN(op_reset, KPL011_RESET, kpl011_reset)

union args {
	uint32_t words[ROOM / 4];
	struct kpl011_attach attach;
	struct kpl011_inject inject;
	struct kpl011_state state;
	struct kpl011_seek seek;
	struct kpl011_marks marks;
	struct kpl011_input input;
	struct kpl011_flow flow;
	struct kpl011_modem modem;
};

static uint32_t two(const uint8_t *bytes)
{
	return bytes[0] | bytes[1] << 8;
}

OP(op_inject)
{
	union args args = { 0 };

	args.inject.character = two(record->arg) & (record->arg[2] & 1 ? 0xffff : 0xfff);
	return call(runner, record, KPL011_INJECT, &args, sizeof(args.inject));
}

OP(op_state_get)
{
	union args args = { 0 };
	int64_t ret = call(runner, record, KPL011_STATE_GET, &args, sizeof(args.state));

	if (!ret && !record->arg[5])
		runner->process->saved = args.state.uart;
	return ret;
}

/* The state saved last, with one of its halfwords another. */
static void some_state(struct runner *runner, const uint8_t *arg, struct kpl011_uart_state *state)
{
	uint16_t *halves = (uint16_t *)state;

	*state = runner->process->saved;
	if (arg[0] & 0x80)
		halves[arg[0] % (sizeof(*state) / 2)] = two(arg + 1);
}

OP(op_state_set)
{
	union args args = { 0 };

	some_state(runner, record->arg, &args.state.uart);
	return call(runner, record, KPL011_STATE_SET, &args, sizeof(args.state));
}

OP(op_seek)
{
	union args args = { 0 };

	args.seek.whence = record->arg[0] % 5;
	if (args.seek.whence >= KPL011_SEEK_LINES)
		args.seek.arg = telling(record->arg[1]);
	return call(runner, record, KPL011_SEEK, &args, sizeof(args.seek));
}

OP(op_marks)
{
	static const uint32_t counts[] = { KPL011_MARKS_MAX, 1, 2, 16, 255, 0, 257, -1 };
	struct kpl011_mark marks[KPL011_MARKS_MAX];
	union args args = { 0 };

	args.marks.pos = telling(record->arg[0]);
	args.marks.count = counts[record->arg[1] & 7];
	args.marks.marks = (uintptr_t)buffer(runner, record->arg[2], marks, sizeof(marks));
	return call(runner, record, KPL011_MARKS, &args, sizeof(args.marks));
}

OP(op_input)
{
	union args args = { 0 };

	args.input.flags = record->arg[0] & 7;
	return call(runner, record, KPL011_INPUT, &args, sizeof(args.input));
}

OP(op_flow)
{
	union args args = { 0 };

	args.flow.flags = record->arg[0] & 3;
	return call(runner, record, KPL011_FLOW, &args, sizeof(args.flow));
}

OP(op_modem)
{
	union args args = { 0 };

	args.modem.flags = record->arg[0] & 1;
	args.modem.inputs = two(record->arg + 1) & (record->arg[0] & 2 ? 0xffff : PL011_FR_MODEM);
	return call(runner, record, KPL011_MODEM, &args, sizeof(args.modem));
}

/* Numbers that the ABI does not have, and those of the other kind of file. */
OP(op_no_ioctl)
{
	union args args = { 0 };
	unsigned int nr = record->arg[0];

	return call(runner, record, _IO(record->arg[1] & 1 ? KVMIO : KPL011_TYPE, nr), &args, 16);
}

static int some_vm(struct runner *runner, const struct record *record, bool *of_stranger)
{
	uint8_t arg = record->arg[0];

	*of_stranger = runner->id == STRANGER || (runner->id == ROOT && arg & 8);
	switch (arg & 7) {
	case 5: return -1;
	case 6: return runner->process->slot[WHO_SLOT(record->who)].fd;
	case 7: return runner->kcov;
	default: return vm_descriptor(runner, *of_stranger);
	}
}

/* The new port's file goes into the slot. */
OP(op_attach)
{
	static const uint32_t rings[] = {
		KPL011_RING_MIN, KPL011_RING_MIN, KPL011_RING_MIN, KPL011_RING_MIN,
		KPL011_RING_MIN, KPL011_RING_MIN, KPL011_RING_MIN, 0, 0, 2 * KPL011_RING_MIN,
		KPL011_RING_DEFAULT, 0x100000, KPL011_RING_MIN / 2, KPL011_RING_MIN + 1,
		2 * KPL011_RING_MAX, KPL011_RING_MIN,
	};
	static const char names[][KPL011_NAME_SIZE] = {
		"a", "web1", "", "a b", "a/b", "\x7f", "\xff", "a\0b",
		"0123456789012345678901234567890123456789012345678901234567890123", "%s%n",
	};
	static const uint32_t times[] = { 1, 5, 0, KPL011_FLOW_MS_MAX, KPL011_FLOW_MS_MAX + 1, 1, 1, 1 };
	const uint8_t *arg = record->arg;
	struct kpl011_uart_state state;
	union args args = { .attach = { .size = sizeof(args.attach) } };
	int control = open("/dev/kpl011/control", O_RDWR | O_CLOEXEC);
	bool of_stranger, good = record->who & WHO_FAIL || (arg[5] & 7) < 3;
	void *given;
	int64_t ret;

	args.attach.flags = arg[1] & 7;
	args.attach.vm_fd = some_vm(runner, record, &of_stranger);
	args.attach.gpa = telling_gpa(arg[2]);
	args.attach.intid = telling_intid(arg[2] >> 4);
	args.attach.ring_size = rings[arg[3] & 15];
	memcpy(args.attach.name, names[(arg[3] >> 4) % (sizeof(names) / sizeof(names[0]))],
	       KPL011_NAME_SIZE);
	args.attach.flow_ms = times[arg[4] & 7];
	if (arg[4] & 8) {
		some_state(runner, arg, &state);
		args.attach.state = (uintptr_t)buffer(runner, arg[4] >> 4, &state, sizeof(state));
	}
	given = mangle(runner, good ? 0 : arg[5], args.words, sizeof(args.attach));
	ret = ioctl(control, KPL011_ATTACH, given) ? -errno : 0;
	close(control);
	if (ret)
		return ret;
	if (given != &args)
		memcpy(&args.attach, given, sizeof(args.attach));
	seen_add(&args.attach, of_stranger);
	slot_put(runner->process, WHO_SLOT(record->who),
		 port_open(args.attach.id, O_RDWR | O_NONBLOCK));
	return 0;
}
