/* SPDX-License-Identifier: GPL-2.0-only */
/* A port of a VM, as one that nobody has asked anything of: the fixture of several programs. */
#ifndef KPL011_TEST_FIXTURE_PORT_H
#define KPL011_TEST_FIXTURE_PORT_H

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "vm.h"

#define DR	(VM_UART_GPA + 0x00)
#define FR	(VM_UART_GPA + 0x18)
#define LCR_H	(VM_UART_GPA + 0x2c)
#define CR	(VM_UART_GPA + 0x30)
#define IMSC	(VM_UART_GPA + 0x38)
#define RIS	(VM_UART_GPA + 0x3c)
#define ICR	(VM_UART_GPA + 0x44)
#define PERIPHID0 (VM_UART_GPA + 0xfe0)
#define GICD_ICFGR2 (VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */
#define FR_RXFE	0x10
#define INT_RT	0x40
#define INT_RX	0x10

FIXTURE(port) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
};

FIXTURE_SETUP(port)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	self->args = port_args(self->vm.fd);
	self->args.ring_size = KPL011_RING_MIN;
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(port)
{
	vm_destroy(&self->vm);
	close(self->fd);
}

static inline int print(struct vm *vm, const char *text)
{
	for (; *text; text++)
		if (vm_store(vm, DR, 4, (unsigned char)*text, 1))
			return -1;
	return 0;
}

#endif
