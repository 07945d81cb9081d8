// SPDX-License-Identifier: GPL-2.0-only
/* Operations: of a VM, and what its guest does with the UART. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

#define MORE_SLOTS	3	/* of memory, behind that of the code */

/* The vCPU that this thread runs, for the handler that ends it. */
static __thread struct kvm_run *volatile running;

void vm_interrupt(void)
{
	if (running)
		running->immediate_exit = 1;
}

static bool own_vm(struct runner *runner)
{
	struct process *process = runner->process;

	pthread_mutex_lock(&process->vcpu_lock);
	if (!process->has_vm) {
		process->has_vm = !vm_create(&process->vm, runner->id != STRANGER);
		if (!process->has_vm)
			vm_destroy(&process->vm);
		stage->vm_fd[runner->id == STRANGER] = process->vm.fd;
	}
	pthread_mutex_unlock(&process->vcpu_lock);
	return process->has_vm;
}

struct vm *vm_get(struct runner *runner)
{
	if (runner->id == ROOT || runner->id == OWNER_OTHER)
		return NULL;
	pthread_rwlock_rdlock(&runner->process->vm_lock);
	if (own_vm(runner))
		return &runner->process->vm;
	pthread_rwlock_unlock(&runner->process->vm_lock);
	return NULL;
}

void vm_put(struct runner *runner)
{
	pthread_rwlock_unlock(&runner->process->vm_lock);
}

struct vm *vcpu_get(struct runner *runner)
{
	struct vm *vm = vm_get(runner);

	if (!vm)
		return NULL;
	pthread_mutex_lock(&runner->process->vcpu_lock);
	running = vm->run;
	/* A VM that ran without a GIC can have no port any more. */
	if (runner->id == STRANGER)
		runner->process->spoilt = true;
	return vm;
}

void vcpu_put(struct runner *runner)
{
	running = NULL;
	runner->process->vm.run->immediate_exit = 0;
	pthread_mutex_unlock(&runner->process->vcpu_lock);
	vm_put(runner);
}

void vm_forget(struct process *process)
{
	pthread_rwlock_wrlock(&process->vm_lock);
	if (process->has_vm)
		vm_destroy(&process->vm);
	process->has_vm = process->spoilt = false;
	pthread_rwlock_unlock(&process->vm_lock);
}

/* Those of other processes are taken from them, as the console does. */
int vm_descriptor(struct runner *runner, bool of_stranger)
{
	struct process *process = runner->process;
	struct vm *vm;
	int fd, pidfd;

	if (runner->id != ROOT && runner->id != OWNER_OTHER) {
		vm = vm_get(runner);
		if (!vm)
			return -1;
		fd = vm->fd;
		vm_put(runner);
		return fd;
	}
	if (process->other_vm < 0) {
		pidfd = syscall(SYS_pidfd_open, stage->runner[of_stranger ? STRANGER : OWNER].pid, 0);
		process->other_vm = syscall(SYS_pidfd_getfd, pidfd, stage->vm_fd[of_stranger], 0);
		close(pidfd);
	}
	return process->other_vm;
}

static uint32_t two(const uint8_t *bytes)
{
	return bytes[0] | bytes[1] << 8;
}

static uint64_t some_count(uint8_t byte)
{
	/* An exit of the guest takes milliseconds on such a kernel in such a host. */
	static const uint16_t counts[] = { 1, 1, 2, 3, 1, 16, 31, 32, 33, 64, 1, 4, 1, 1, 1, 200 };

	return counts[byte & 15];
}

/* A register, or what lies between them. */
static uint64_t some_register(const uint8_t *arg)
{
	static const uint16_t offsets[] = {
		PL011_DR, PL011_RSR, PL011_FR, PL011_ILPR, PL011_IBRD, PL011_FBRD, PL011_LCR_H,
		PL011_CR, PL011_IFLS, PL011_IMSC, PL011_RIS, PL011_MIS, PL011_ICR, PL011_DMACR,
		PL011_TCR, PL011_ITIP, PL011_ITOP, PL011_TDR, PL011_PERIPHID0,
		PL011_PERIPHID0 + 0x1c, 0x8, 0x90, 0xfdc, 0x2, 0xffc, 0xffe, PL011_DR, PL011_FR,
		PL011_CR, PL011_LCR_H, PL011_IMSC, PL011_ICR,
	};

	return telling_gpa(arg[1] & 0x80 ? arg[1] >> 3 : 0) + offsets[arg[0] & 31];
}

static unsigned int some_width(uint8_t byte)
{
	return byte & 0xc0 ? 4 : 1u << (byte >> 4 & 3);
}

OP(op_store)
{
	const uint8_t *arg = record->arg;
	struct vm *vm = vcpu_get(runner);
	int64_t ret;

	if (!vm)
		return -ENODEV;
	ret = vm_store(vm, some_register(arg), some_width(arg[2]), two(arg + 3),
		       some_count(arg[2])) ? -errno : 0;
	vcpu_put(runner);
	return ret;
}

OP(op_load)
{
	const uint8_t *arg = record->arg;
	struct vm *vm = vcpu_get(runner);
	uint64_t value;
	int64_t ret;

	if (!vm)
		return -ENODEV;
	ret = vm_load(vm, some_register(arg), some_width(arg[2]), &value, some_count(arg[2])) ?
		      -errno : (int64_t)(value & 0xffff);
	vcpu_put(runner);
	return ret;
}

/* As a guest without interrupts does. */
OP(op_print)
{
	const uint8_t *arg = record->arg;
	struct vm *vm = vcpu_get(runner);
	int64_t ret;

	if (!vm)
		return -ENODEV;
	ret = vm_poll_and_store(vm, telling_gpa(arg[1] >> 4), arg[0] & 1 ? '\n' : arg[0],
				some_count(arg[2])) ? -errno : 0;
	vcpu_put(runner);
	return ret;
}

/* As Linux does, with some bits of its registers others. */
OP(op_set_up)
{
	const uint8_t *arg = record->arg;
	const struct { uint16_t offset, value; } writes[] = {
		{ PL011_IMSC, 0 },
		{ PL011_ICR, PL011_INT_ALL },
		{ PL011_IBRD, 1 },
		{ PL011_FBRD, 0 },
		{ PL011_LCR_H, (PL011_LCR_WLEN | PL011_LCR_FEN) ^ arg[0] },
		{ PL011_CR, (PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE) ^ (two(arg + 1) & 0xff87) },
		{ PL011_IFLS, arg[3] & 0x3f },
		{ PL011_IMSC, (PL011_INT_RX | PL011_INT_RT | PL011_INT_TX) ^ arg[4] },
	};
	struct vm *vm = vcpu_get(runner);
	int64_t ret = 0;
	unsigned int i;

	if (!vm)
		return -ENODEV;
	for (i = 0; i < sizeof(writes) / sizeof(writes[0]) && !ret; i++)
		ret = vm_store(vm, VM_UART_GPA + writes[i].offset, 4, writes[i].value, 1) ? -errno : 0;
	vcpu_put(runner);
	return ret;
}

OP(op_line)
{
	struct vm *vm = vm_get(runner);
	int64_t ret;

	if (!vm)
		return -ENODEV;
	stage->lines_moved = 1;
	ret = vm_set_line(vm, telling_intid(record->arg[0]), record->arg[1] & 1) ? -errno : 0;
	vm_put(runner);
	return ret;
}

OP(op_restore_line)
{
	struct vm *vm = vm_get(runner);
	int64_t ret;

	if (!vm)
		return -ENODEV;
	stage->lines_moved = 1;
	ret = vm_restore_line(vm, telling_intid(record->arg[0]), record->arg[1] & 1) ? -errno : 0;
	vm_put(runner);
	return ret;
}

/* By which the module knows that the VM is reset. */
OP(op_vcpu_init)
{
	struct vm *vm = vcpu_get(runner);
	int64_t ret;

	if (!vm)
		return -ENODEV;
	ret = vm_reset(vm) ? -errno : 0;
	vcpu_put(runner);
	return ret;
}

OP(op_memory)
{
	struct vm *vm = vm_get(runner);
	int64_t ret;

	if (!vm)
		return -ENODEV;
	runner->process->spoilt = true;
	ret = vm_set_slot(vm, 1 + record->arg[0] % MORE_SLOTS, telling_gpa(record->arg[1]) & ~0xfffull,
			  runner->process->memory, record->arg[2] & 1 ? 0 : 0x1000) ? -errno : 0;
	vm_put(runner);
	return ret;
}

/* Devices come to the VM's bus and leave it, some with our address. */
OP(op_ioeventfd)
{
	struct kvm_ioeventfd args = {
		.addr = telling_gpa(record->arg[0]) + (record->arg[1] & 0x3c),
		.len = 4,
		.fd = eventfd(0, EFD_CLOEXEC),
		.flags = record->arg[2] & 1 ? KVM_IOEVENTFD_FLAG_DEASSIGN : 0,
	};
	struct vm *vm = vm_get(runner);
	int64_t ret = -ENODEV;

	if (vm) {
		runner->process->spoilt = true;
		ret = ioctl(vm->fd, KVM_IOEVENTFD, &args) ? -errno : 0;
		/* It goes by the same file; half of them stay. */
		args.flags = KVM_IOEVENTFD_FLAG_DEASSIGN;
		if (!ret && record->arg[3] & 1)
			ret = ioctl(vm->fd, KVM_IOEVENTFD, &args) ? -errno : 0;
		vm_put(runner);
	}
	close(args.fd);
	return ret;
}

OP(op_vm_close)
{
	struct process *process = runner->process;

	if (process->other_vm >= 0)
		close(process->other_vm);
	process->other_vm = -1;
	vm_forget(process);
	return 0;
}

/* Another process's VM is this one's, too, and so lives longer. */
OP(op_vm_take)
{
	return vm_descriptor(runner, record->arg[0] & 8);
}
