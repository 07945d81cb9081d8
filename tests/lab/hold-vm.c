// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the emulated host: makes a VM, leaves a process behind that keeps it, and
 * ends. The process holds no file descriptor of the VM, by which it would be
 * found as a VMM, but a mapping of a vCPU that never runs. See hold_vm() in
 * init.sh. Without a C library: the host's own is another for each Debian.
 */
#include <linux/fcntl.h>
#include <linux/kvm.h>
#include <linux/mman.h>
#include <linux/signal.h>
#include <linux/unistd.h>

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 asm("x8") = number;
	register long x0 asm("x0") = a;
	register long x1 asm("x1") = b;
	register long x2 asm("x2") = c;
	register long x3 asm("x3") = d;
	register long x4 asm("x4") = e;
	register long x5 asm("x5") = f;

	asm volatile("svc #0"
		     : "+r"(x0)
		     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
		     : "memory");
	return x0;
}

static long ioctl(long fd, long request)
{
	return call(__NR_ioctl, fd, request, 0, 0, 0, 0);
}

void _start(void)
{
	long kvm, vm, vcpu, size, run, child = -1;

	kvm = call(__NR_openat, AT_FDCWD, (long)"/dev/kvm", O_RDWR, 0, 0, 0);
	vm = ioctl(kvm, KVM_CREATE_VM);
	vcpu = ioctl(vm, KVM_CREATE_VCPU);
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE);
	run = call(__NR_mmap, 0, size, PROT_READ, MAP_SHARED, vcpu, 0);
	if (run >= 0)
		child = call(__NR_clone, SIGCHLD, 0, 0, 0, 0, 0);
	if (!child) {
		call(__NR_close_range, 0, ~0u, 0, 0, 0, 0);
		for (;;)
			call(__NR_ppoll, 0, 0, 0, 0, 0, 0);
	}
	call(__NR_exit_group, child < 0, 0, 0, 0, 0, 0);
	__builtin_unreachable();
}
