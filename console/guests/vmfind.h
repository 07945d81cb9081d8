/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that run a VM, and the VM's file descriptor.
 *
 * A process may have several descriptors of KVM VMs: duplicates of one, or
 * VMs that it makes for a moment to ask KVM something, as QEMU does. The
 * lowest is the one that was there first, and is the one that is meant here.
 */
#ifndef KPL011_VMFIND_H
#define KPL011_VMFIND_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "qemu/qemu_args.h"

#define VM_NAME_SIZE 256

struct vm_process {
	pid_t pid;
	uid_t uid;
	bool named; /* by QEMU's -name; else the executable's name */
	char name[VM_NAME_SIZE];
};

/* Who a process is. -ESRCH: there is none. */
int vmfind_process(pid_t pid, struct vm_process *process);

/* Its words with blanks between them, to be freed; NULL: it has none, or one may not look. */
char *vmfind_command(pid_t pid);

/* Its control group, as cgroup.h finds it, to be freed; NULL: as above. */
char *vmfind_cgroup(pid_t pid);

/* Its UUID if it is a QEMU that was given one. */
bool vmfind_uuid(pid_t pid, char uuid[QEMU_ARGS_UUID_SIZE]);

/* 1: it has a VM, 0: it has none, -ESRCH, or -EACCES: one may not look. */
int vmfind_has_vm(pid_t pid);

/* The same in pieces: whoever owns a process gives it as many descriptors as he likes. */
struct vm_search {
	DIR *dir;
	int lowest;
};

/* 0, or a negative errno as above; then there is nothing to end. */
int vmfind_search_begin(pid_t pid, struct vm_search *search);

/*
 * Looks at so many descriptors. Returns the number of the VM's, -EAGAIN: there are more to
 * look at, -ENODEV: it has none, or another negative errno.
 */
int vmfind_search_some(struct vm_search *search, int descriptors);
void vmfind_search_end(struct vm_search *search);

/**
 * vmfind_take - get the VM's descriptor from the process
 * @pid: the process
 *
 * Return: the descriptor, to be closed by the caller, or
 *   -ESRCH   there is no such process
 *   -EINVAL  it is a thread of another process
 *   -ENODEV  it has no VM
 *   -EACCES  one may not look into it, or
 *   -EPERM   not take from it
 */
int vmfind_take(pid_t pid);

/* The same where it is known already: @number is what vmfind_search_some() said. */
int vmfind_take_found(pid_t pid, int number);

/**
 * vmfind_qmp - where a QEMU's monitor listens
 * @pid: the process
 * @index: which of its QMP monitors, from 0
 * @path: where the socket's path goes, as seen from here
 * @size: bytes at @path
 *
 * Return: 0; -ENOENT: there is no such one; -ESRCH
 */
int vmfind_qmp(pid_t pid, size_t index, char *path, size_t size);

/* The same for the socket of its first serial port, also cloud-hypervisor's. */
int vmfind_serial(pid_t pid, char *path, size_t size);

/* Calls @fn with every process, until it returns other than 0; returns that. */
int vmfind_each(int (*fn)(pid_t pid, void *arg), void *arg);

#endif /* KPL011_VMFIND_H */
