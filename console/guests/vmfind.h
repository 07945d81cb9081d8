/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds processes that run a VM, and takes the VM's file descriptor from them.
 *
 * A process may have several descriptors of KVM VMs: duplicates of one, or
 * VMs that it makes for a moment to ask KVM something, as QEMU does. The lowest
 * descriptor is the one that was opened first. It is "the VM" here.
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
	bool named; /* @name is from QEMU's -name; otherwise that of the executable */
	char name[VM_NAME_SIZE];
};

/* Fills @process. 0, or a negative errno; -ESRCH: there is no such process. */
int vmfind_process(pid_t pid, struct vm_process *process);

/* Its command line, with spaces between the words; to be freed. NULL: none, or not permitted. */
char *vmfind_command(pid_t pid);

/* Its control group, see cgroup.h; to be freed. NULL: as above. */
char *vmfind_cgroup(pid_t pid);

/* The UUID from its command line. False: it has none. */
bool vmfind_uuid(pid_t pid, char uuid[QEMU_ARGS_UUID_SIZE]);

/* 1: it has a VM; 0: it has none; a negative errno: -EACCES: this user may not look, -ESRCH. */
int vmfind_has_vm(pid_t pid);

/* The same in steps, since the owner of a process can give it any number of descriptors. */
struct vm_search {
	DIR *dir;
	int lowest;
};

/* 0, or a negative errno as above; then vmfind_search_end() is not needed. */
int vmfind_search_begin(pid_t pid, struct vm_search *search);

/*
 * Looks at the next @descriptors descriptors. Returns the number of the VM's; -EAGAIN: there
 * are more to look at; -ENODEV: there is no VM; or another negative errno.
 */
int vmfind_search_some(struct vm_search *search, int descriptors);
void vmfind_search_end(struct vm_search *search);

/**
 * vmfind_take - duplicate the VM's descriptor from the process
 * @pid: the process
 *
 * Return: the descriptor, which the caller closes, or
 *   -ESRCH   there is no such process
 *   -EINVAL  it is a thread of another process
 *   -ENODEV  it has no VM
 *   -EACCES  this user may not look at its descriptors
 *   -EPERM   this user may not take one of them
 *   or another negative errno
 */
int vmfind_take(pid_t pid);

/* The same without a search: @number is what vmfind_search_some() returned. */
int vmfind_take_found(pid_t pid, int number);

/**
 * vmfind_qmp - find the socket of a QEMU's monitor
 * @pid: the process
 * @index: which of its QMP monitors, from 0
 * @path: set to the socket's path; a relative one goes through /proc/PID/cwd
 * @size: bytes at @path
 *
 * Return: 0; -ENOENT: there is no such monitor; or another negative errno, as -ESRCH
 */
int vmfind_qmp(pid_t pid, size_t index, char *path, size_t size);

/* The same for the socket of its first serial port; it may be a cloud-hypervisor, too. */
int vmfind_serial(pid_t pid, char *path, size_t size);

/*
 * Calls @fn with every process until it returns other than 0. Returns that, 0, or a negative
 * errno of opening /proc.
 */
int vmfind_each(int (*fn)(pid_t pid, void *arg), void *arg);

#endif /* KPL011_VMFIND_H */
