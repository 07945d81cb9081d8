// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach PID: give the VM of a QEMU a port, and print its number.
 *
 * Whoever may trace the process may take its descriptors (pidfd_getfd(2)), and
 * whoever holds the VM's descriptor may attach.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/kpl011.h>

/* The number that the VM's descriptor has in the process, or -1. */
static int find_vm(pid_t pid)
{
	char path[512], target[64];
	struct dirent *entry;
	int found = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		err(1, "%s", path);
	while (found < 0 && (entry = readdir(dir))) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, entry->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		if (!strcmp(target, "anon_inode:kvm-vm"))
			found = atoi(entry->d_name);
	}
	closedir(dir);
	return found;
}

int main(int argc, char **argv)
{
	struct kpl011_attach args = {
		.size = sizeof(args),
		.gpa = KPL011_VIRT_GPA,		/* QEMU's -M virt */
		.intid = KPL011_VIRT_INTID,
		.name = "example",
	};
	int control, pidfd, vm;

	if (argc != 2)
		errx(2, "usage: attach PID");
	vm = find_vm(atoi(argv[1]));
	if (vm < 0)
		errx(1, "process %s has no KVM VM", argv[1]);
	pidfd = syscall(SYS_pidfd_open, atoi(argv[1]), 0);
	if (pidfd < 0)
		err(1, "pidfd_open");
	args.vm_fd = syscall(SYS_pidfd_getfd, pidfd, vm, 0);
	if (args.vm_fd < 0)
		err(1, "pidfd_getfd");

	control = open("/dev/kpl011/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		err(1, "/dev/kpl011/control");
	if (ioctl(control, KPL011_ATTACH, &args))
		err(1, "KPL011_ATTACH");
	printf("%u\n", args.id);
	return 0;
}
