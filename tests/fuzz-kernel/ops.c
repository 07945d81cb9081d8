// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "fuzz.h"

/* An input's byte is an index, so operations that shall come more often are here twice. */
const struct op ops[] = {
	{ "attach",	op_attach,	OP_FAILS },
	{ "attach",	op_attach,	OP_FAILS },
	{ "detach",	op_detach,	OP_FAILS },
	{ "reap",	op_reap,	OP_FAILS },
	{ "info",	op_info,	OP_FAILS },
	{ "break",	op_break,	OP_FAILS },
	{ "inject",	op_inject,	OP_FAILS },
	{ "reset",	op_reset,	OP_FAILS },
	{ "state_get",	op_state_get,	OP_FAILS },
	{ "state_set",	op_state_set,	OP_FAILS },
	{ "seek",	op_seek,	OP_FAILS },
	{ "marks",	op_marks,	OP_FAILS },
	{ "input",	op_input,	OP_FAILS },
	{ "flow",	op_flow,	OP_FAILS },
	{ "modem",	op_modem,	OP_FAILS },
	{ "no_ioctl",	op_no_ioctl,	OP_FAILS },
	{ "open",	op_open,	OP_FAILS },
	{ "open",	op_open,	OP_FAILS },
	{ "open_control", op_open_control, OP_FAILS },
	{ "close",	op_close,	OP_FAILS },
	{ "dup",	op_dup,		0 },
	{ "read",	op_read,	OP_SLEEPS },
	{ "read",	op_read,	OP_SLEEPS },
	{ "write",	op_write,	OP_SLEEPS },
	{ "write",	op_write,	OP_SLEEPS },
	{ "lseek",	op_lseek,	0 },
	{ "poll",	op_poll,	OP_SLEEPS },
	{ "epoll",	op_epoll,	OP_SLEEPS },
	{ "mmap",	op_mmap,	OP_FAILS },
	{ "munmap",	op_munmap,	0 },
	{ "nonblock",	op_nonblock,	0 },
	{ "sysfs",	op_sysfs,	OP_FAILS },
	{ "parameter",	op_parameter,	0 },
	{ "trace",	op_trace,	0 },
	{ "store",	op_store,	OP_GUEST },
	{ "store",	op_store,	OP_GUEST },
	{ "load",	op_load,	OP_GUEST },
	{ "load",	op_load,	OP_GUEST },
	{ "print",	op_print,	OP_GUEST },
	{ "print",	op_print,	OP_GUEST },
	{ "set_up",	op_set_up,	OP_GUEST },
	{ "line",	op_line,	0 },
	{ "restore_line", op_restore_line, 0 },
	{ "vcpu_init",	op_vcpu_init,	0 },
	{ "memory",	op_memory,	0 },
	{ "ioeventfd",	op_ioeventfd,	OP_FAILS },
	{ "vm_close",	op_vm_close,	0 },
	{ "vm_take",	op_vm_take,	0 },
	{ "check_close", check_close,	OP_CHECK },
	{ "check_ports", check_ports,	OP_CHECK },
	{ "check_probe", check_probe,	OP_CHECK },
	{ "check_release", check_release, OP_CHECK },
	{ "check_lines", check_lines,	OP_CHECK },
};

const unsigned int ops_all = sizeof(ops) / sizeof(ops[0]);
const unsigned int ops_input = sizeof(ops) / sizeof(ops[0]) - 5;

int op_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < ops_all; i++)
		if (!strcmp(ops[i].name, name))
			return i;
	return -1;
}

/* Sizes, positions and times: ends of ranges, and what lies beside them. */
uint64_t telling(uint8_t byte)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 16, 31, 32, 33, 63, 64, 100, 255, 256, 257, 1023, 1024,
		2048, 4000, 4095, 4096, 4097, 8192, 65535, 65536, 0x7fffffff,
		0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff,
		0x8000000000000000, -4096ull, -1ull,
	};
	struct timespec now;

	if (byte < 0xf0)
		return values[byte % (sizeof(values) / sizeof(values[0]))];
	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec - (byte & 15) * 1000000ull;
}

uint64_t telling_gpa(uint8_t nibble)
{
	switch (nibble & 15) {
	case 8 ... 10: return VM_UART_GPA + 0x1000;
	case 11: return VM_UART_GPA + 0x40000;
	case 12: return VM_UART_GPA + 0x10;
	case 13: return VM_MEMORY_GPA;
	case 14: return VM_GICD_GPA;
	case 15: return 0xfffffffffffff000;
	default: return VM_UART_GPA;
	}
}

uint32_t telling_intid(uint8_t nibble)
{
	switch (nibble & 15) {
	case 8 ... 10: return KPL011_VIRT_INTID + 1;
	case 11: return KPL011_INTID_MIN + VM_SPIS - 1;
	case 12: return KPL011_INTID_MIN + VM_SPIS;
	case 13: return KPL011_INTID_MIN - 1;
	case 14: return KPL011_INTID_MAX;
	case 15: return KPL011_INTID_MAX + 1;
	default: return KPL011_VIRT_INTID;
	}
}

const struct seen *seen_port(uint8_t byte)
{
	uint32_t n = __atomic_load_n(&stage->ports, __ATOMIC_ACQUIRE);

	if (!n)
		return NULL;
	return &stage->port[byte % (n < PORTS ? n : PORTS)];
}

void seen_add(const struct kpl011_attach *args, bool of_stranger)
{
	static const struct seen none;
	uint32_t n = __atomic_fetch_add(&stage->ports, 1, __ATOMIC_ACQ_REL);

	__atomic_fetch_add(&stage->attached, 1, __ATOMIC_RELAXED);
	if (n >= PORTS)
		return;
	stage->port[n] = none;
	stage->port[n].id = args->id;
	stage->port[n].intid = args->intid;
	stage->port[n].gpa = args->gpa;
	stage->port[n].flags = args->flags;
	stage->port[n].of_stranger = of_stranger;
}
