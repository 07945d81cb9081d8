// SPDX-License-Identifier: GPL-2.0-only
#include "guests/attach.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guests/guests.h"
#include "source/port_name.h"
#include "source/source_port.h"
#include "base/users.h"
#include "guests/vmfind.h"

#define YAMA "/proc/sys/kernel/yama/ptrace_scope"

void attach_defaults(struct attach_options *opts)
{
	*opts = (struct attach_options){
		.gpa = port_limits.virt_gpa,
		.intid = port_limits.virt_intid,
	};
}

static void say(char text[256], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(char text[256], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, 256, fmt, ap);
	va_end(ap);
}

static void choose_name(const struct vm_process *process, const char *wanted,
			char name[SOURCE_NAME_SIZE])
{
	/* Leaves room for "-PID". */
	char short_name[SOURCE_NAME_SIZE - 12];

	if (wanted) {
		port_name_make(name, SOURCE_NAME_SIZE, wanted);
	} else if (process->named) {
		port_name_make(name, SOURCE_NAME_SIZE, process->name);
	} else {
		port_name_make(short_name, sizeof(short_name), process->name);
		snprintf(name, SOURCE_NAME_SIZE, "%s-%d", short_name, (int)process->pid);
	}
}

int attach_name(pid_t pid, const struct attach_options *opts, char name[SOURCE_NAME_SIZE])
{
	struct vm_process process;
	int err;

	err = vmfind_process(pid, &process);
	if (!err)
		choose_name(&process, opts->name, name);
	return err;
}

static bool yama_forbids(void)
{
	FILE *file = fopen(YAMA, "re");
	int scope = '0';

	if (file) {
		scope = fgetc(file);
		fclose(file);
	}
	return scope != '0';
}

static enum status not_permitted(const struct vm_process *process, struct attach_result *result)
{
	char user[USER_NAME_SIZE];

	user_name(process->uid, user);
	say(result->advice, "Run this as root.");
	if (process->uid != geteuid()) {
		say(result->reason, "it belongs to user %s", user);
		if (process->uid)
			say(result->advice, "Run this as root or as %s.", user);
	} else if (yama_forbids()) {
		say(result->reason,
		    "it is yours, but this system lets no process take file descriptors from another (%s)",
		    YAMA);
	} else {
		say(result->reason,
		    "it is yours, but it has more privileges than you, or is protected");
	}
	return STATUS_PERMISSION;
}

static enum status no_vm(const struct vm_process *process, int err, struct attach_result *result)
{
	switch (err) {
	case -ESRCH:
		say(result->reason, "there is no process %d", (int)process->pid);
		return STATUS_NO_GUEST;
	case -EINVAL:
		say(result->reason, "%d is a thread, not a process", (int)process->pid);
		say(result->advice, "Give the PID of its process: grep Tgid /proc/%d/status",
		    (int)process->pid);
		return STATUS_NO_VM;
	case -ENODEV:
		/* Before 6.3 kernels do not say whether KVM works, and the module loads anyway. */
		if (access("/dev/kvm", F_OK) && errno == ENOENT) {
			say(result->reason, "this machine has no /dev/kvm");
			say(result->advice,
			    "It cannot run KVM guests, or its KVM is switched off.");
			return STATUS_NO_MODULE;
		}
		say(result->reason, "it has no KVM virtual machine");
		say(result->advice,
		    "A QEMU without '-accel kvm' runs without KVM, and kpl011 cannot serve it.");
		return STATUS_NO_VM;
	case -EACCES:
	case -EPERM:
		return not_permitted(process, result);
	default:
		say(result->reason, "cannot take its VM's file descriptor: %s", strerror(-err));
		return STATUS_FAILED;
	}
}

/* Finds the port that the VM has at this address, if this user may see it. */
static void find_attached(pid_t pid, const struct attach_options *opts,
			  struct attach_result *result)
{
	char path[PORT_PATH_SIZE];
	struct guests guests;

	say(result->reason, "it has a port at 0x%" PRIx64 " already", opts->gpa);
	if (guests_scan(&guests))
		return;
	for (size_t i = 0; i < guests.count; i++) {
		const struct source_facts *port = &guests.all[i];

		if (!port->live || port->pid != pid || port->gpa != opts->gpa)
			continue;
		result->known = true;
		result->id = port->id;
		say(result->reason, "it has a port already: %.150s, called %.60s",
		    port_path(port->id, path), port->name);
	}
	guests_free(&guests);
}

static enum status over_quota(const struct vm_process *process, const struct attach_options *opts,
			      struct attach_result *result)
{
	uint32_t ring_size = opts->ring_size ? opts->ring_size : port_limits.ring_default;
	char user[USER_NAME_SIZE];

	say(result->reason, "user %s may not have another port, or not another %u KiB of history",
	    user_name(process->uid, user), ring_size / 1024);
	say(result->advice,
	    "Dead ports count as long as somebody reads them. Root can raise ports_max and history_max, and the limits for all users together, in /sys/module/kpl011/parameters: see 'modinfo kpl011'.");
	return STATUS_FAILED;
}

static enum status refused(const struct vm_process *process, int err,
			   const struct attach_options *opts, struct attach_result *result)
{
	switch (err) {
	case -EEXIST:
		find_attached(process->pid, opts, result);
		return STATUS_ATTACHED;
	case -EADDRINUSE:
		say(result->reason, "something else in the VM is at 0x%" PRIx64 " or has INTID %u",
		    opts->gpa, opts->intid);
		say(result->advice,
		    "It may be memory, another device in the kernel, the PMU, or another port: give --gpa and --intid of a UART.");
		return STATUS_IN_USE;
	case -ERANGE:
		say(result->reason, "INTID %u is not a shared interrupt of the VM", opts->intid);
		say(result->advice, "The first UART of QEMU's virt machine has %u.",
		    port_limits.virt_intid);
		return STATUS_FAILED;
	case -ENODEV:
		say(result->reason, "what it has is not a KVM virtual machine");
		return STATUS_NO_VM;
	case -ENXIO:
		say(result->reason,
		    "no interrupt of the UART can reach it: KVM emulates no GIC for it, or one that is neither a GICv2 nor a GICv3");
		say(result->advice,
		    "Start the guest again without 'kernel-irqchip=off', and with gic-version=2, 3 or host. Until then it keeps QEMU's own UART.");
		return STATUS_FAILED;
	case -EIO:
		say(result->reason,
		    "KVM ran out of memory, dropped all devices that it emulated for this VM, and accepts no new ones");
		say(result->advice,
		    "Only a new VM helps: end the VMM and start the guest again; a reboot in the guest is not enough. The host, or the VMM's cgroup, has too little memory.");
		return STATUS_FAILED;
	case -EINVAL:
		say(result->reason,
		    "the module does not accept this address (0x%" PRIx64
		    "), history size (%u) or name",
		    opts->gpa, opts->ring_size);
		return STATUS_FAILED;
	case -ENOSPC:
		say(result->reason,
		    "the VM has no room for another device in the kernel, or there are 2^20 ports");
		return STATUS_FAILED;
	case -EDQUOT:
		return over_quota(process, opts, result);
	case -ENOMEM:
		say(result->reason, "out of memory, on the host or in this program's cgroup");
		return STATUS_FAILED;
	case -EACCES:
	case -EPERM:
		say(result->reason, "the module does not permit it");
		return STATUS_PERMISSION;
	case -E2BIG:
	case -EOPNOTSUPP:
	case -ENOTTY:
		say(result->reason, "the module is older than this program");
		say(result->advice, "Install the same version of both.");
		return STATUS_NO_MODULE;
	default:
		say(result->reason, "%s", strerror(-err));
		return STATUS_FAILED;
	}
}

enum status attach_probe(pid_t pid, const struct attach_options *opts, struct attach_result *result)
{
	struct vm_process process;
	int fd;

	*result = (struct attach_result){ .err = 0 };
	if (!vmfind_process(pid, &process))
		choose_name(&process, opts->name, result->name);
	fd = vmfind_take(pid);
	if (fd < 0) {
		result->err = fd;
		return no_vm(&process, fd, result);
	}
	close(fd);
	find_attached(pid, opts, result);
	return result->known ? STATUS_ATTACHED : STATUS_OK;
}

enum status attach_process(int control, pid_t pid, const struct attach_options *opts,
			   struct attach_result *result)
{
	struct port_request req = {
		.gpa = opts->gpa,
		.intid = opts->intid,
		.ring_size = opts->ring_size,
		.strict = opts->strict,
		.page = opts->page,
		.name = result->name,
		.state = opts->state,
	};
	struct vm_process process;

	*result = (struct attach_result){ .err = 0 };
	result->err = vmfind_process(pid, &process);
	if (!result->err)
		choose_name(&process, opts->name, result->name);
	req.vm_fd = opts->found ? vmfind_take_found(pid, *opts->found) : vmfind_take(pid);
	if (req.vm_fd < 0) {
		result->err = req.vm_fd;
		return no_vm(&process, result->err, result);
	}
	result->err = port_attach(control, &req, &result->id);
	close(req.vm_fd);
	if (result->err)
		return refused(&process, result->err, opts, result);
	result->known = true;
	return STATUS_OK;
}
