// SPDX-License-Identifier: GPL-2.0-only
#include "doctor/checks.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/users.h"
#include "doctor/host.h"
#include "guests/attach.h"
#include "guests/guests.h"
#include "guests/vmfind.h"
#include "source/source_port.h"

/* The oldest kernel with which kpl011 is tested. */
#define OLDEST_MAJOR 6
#define OLDEST_MINOR 1

/* Open files that suffice: each guest takes a few. */
#define FILES_WANTED 4096

#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

struct doctor {
	finding_cb *cb;
	void *arg;
	struct finding finding;
	char release[65];
	bool loaded;
};

static void tell(struct doctor *doctor, const char *check, enum finding_level level,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Reports a finding. todo() comes before it and says what the user can do, if anything. */
static void tell(struct doctor *doctor, const char *check, enum finding_level level,
		 const char *fmt, ...)
{
	va_list ap;

	doctor->finding.check = check;
	doctor->finding.level = level;
	va_start(ap, fmt);
	vsnprintf(doctor->finding.text, sizeof(doctor->finding.text), fmt, ap);
	va_end(ap);
	doctor->cb(&doctor->finding, doctor->arg);
	doctor->finding.todo[0] = '\0';
}

static void todo(struct doctor *doctor, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void todo(struct doctor *doctor, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(doctor->finding.todo, sizeof(doctor->finding.todo), fmt, ap);
	va_end(ap);
}

static void check_machine(struct doctor *doctor)
{
	struct utsname name;
	char machine[65];

	uname(&name);
	if (host_read("/proc/sys/kernel/arch", machine, sizeof(machine)) <= 0)
		snprintf(machine, sizeof(machine), "%s", name.machine);
	if (!strcmp(machine, "aarch64")) {
		tell(doctor, "machine", FINDING_OK, "%s", machine);
		return;
	}
	todo(doctor, "Use an arm64 host. Elsewhere 'kpl011 screen' shows consoles of sockets.");
	tell(doctor, "machine", FINDING_WRONG, "%s: the module is for arm64 hosts", machine);
}

static bool config_file(const struct doctor *doctor, char path[PATH_MAX])
{
	static const char *const places[] = { "/boot/config-%s", "/lib/modules/%s/config",
					      "/lib/modules/%s/build/.config" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *behind = strstr(places[i], "%s");

		snprintf(path, PATH_MAX, "%.*s%s%s", (int)(behind - places[i]), places[i],
			 doctor->release, behind + 2);
		if (host_has(path))
			return true;
	}
	return false;
}

static void check_kernel(struct doctor *doctor)
{
	static const char *const wanted[] = { "CONFIG_KVM", "CONFIG_KPROBES", "CONFIG_MODULES" };
	unsigned int major = 0;
	unsigned int minor = 0;
	char path[PATH_MAX];
	struct utsname name;
	char line[64];

	uname(&name);
	if (host_read("/proc/sys/kernel/osrelease", doctor->release, sizeof(doctor->release)) <= 0)
		snprintf(doctor->release, sizeof(doctor->release), "%s", name.release);
	if (sscanf(doctor->release, "%u.%u", &major, &minor) != 2 || major < OLDEST_MAJOR ||
	    (major == OLDEST_MAJOR && minor < OLDEST_MINOR)) {
		todo(doctor, "Use Linux %d.%d or later.", OLDEST_MAJOR, OLDEST_MINOR);
		tell(doctor, "kernel", FINDING_WARNING, "%s: older than any kernel that was tested",
		     doctor->release);
	} else {
		tell(doctor, "kernel", FINDING_OK, "%s", doctor->release);
	}
	if (!config_file(doctor, path)) {
		tell(doctor, "config", FINDING_OK, "not known: there is no /boot/config-%s",
		     doctor->release);
		return;
	}
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		snprintf(line, sizeof(line), "%s=y", wanted[i]);
		if (host_line(path, line, NULL, 0))
			continue;
		todo(doctor, "Use a kernel that has it; those of Debian and Ubuntu do.");
		tell(doctor, "config", FINDING_WRONG, "%s does not say %s", path, line);
		return;
	}
	tell(doctor, "config", FINDING_OK, "%s has KVM, kprobes and modules", path);
}

static bool installed(const struct doctor *doctor)
{
	char path[PATH_MAX];
	char full[PATH_MAX];
	char *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", doctor->release);
	file = fopen(host_path(path, full), "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0) {
		line[strcspn(line, ":")] = '\0';
		found = strstr(line, "/kpl011.ko");
	}
	free(line);
	fclose(file);
	return found;
}

static void check_module(struct doctor *doctor)
{
	char version[64];

	doctor->loaded = host_has("/sys/module/kpl011");
	if (!doctor->loaded && installed(doctor)) {
		todo(doctor, "Load it: modprobe kpl011. If that fails, 'dmesg' says why.");
		tell(doctor, "module", FINDING_WRONG, "installed for this kernel, but not loaded");
	} else if (!doctor->loaded) {
		todo(doctor, "Install it for Linux %s: 'make install', or your package.",
		     doctor->release);
		tell(doctor, "module", FINDING_WRONG, "not installed for this kernel");
	} else if (host_read("/sys/module/kpl011/version", version, sizeof(version)) <= 0) {
		tell(doctor, "module", FINDING_OK, "loaded");
	} else if (strcmp(version, KPL011_VERSION)) {
		todo(doctor, "Install the same version of both, then rmmod and modprobe kpl011.");
		tell(doctor, "module", FINDING_WARNING, "loaded, version %s; this program is %s",
		     version, KPL011_VERSION);
	} else {
		tell(doctor, "module", FINDING_OK, "loaded, version %s", version);
	}
}

static void check_signature(struct doctor *doctor)
{
	char lockdown[128];
	char boot[16];
	char enforce[8];
	const char *why = NULL;

	host_read("/sys/kernel/security/lockdown", lockdown, sizeof(lockdown));
	if (host_read("/sys/module/module/parameters/sig_enforce", enforce, sizeof(enforce)) > 0 &&
	    enforce[0] == 'Y')
		why = "this kernel loads only modules that are signed";
	if (strstr(lockdown, "[integrity]") || strstr(lockdown, "[confidentiality]"))
		why = "this kernel is locked down, and loads only modules that are signed";
	if (strstr(lockdown, "[confidentiality]")) {
		todo(doctor, "Boot with lockdown=integrity, or none.");
		tell(doctor, "signature", FINDING_WRONG,
		     "lockdown is confidentiality, which allows no kprobes");
		return;
	}
	if (why && !doctor->loaded) {
		todo(doctor, "Sign kpl011.ko with a key that the machine trusts (mokutil).");
		tell(doctor, "signature", FINDING_WARNING, "%s", why);
		return;
	}
	/* An EFI variable: four bytes of attributes come before its value. */
	if (host_read(SECURE_BOOT, boot, sizeof(boot)) == 5 && boot[4] == 1)
		tell(doctor, "signature", FINDING_OK, "Secure Boot is on; %s",
		     why ? why : "modules need no signature");
	else
		tell(doctor, "signature", FINDING_OK, "%s", why ? why : "not needed");
}

static void check_control(struct doctor *doctor)
{
	char path[PORT_PATH_SIZE];
	int control;

	if (!doctor->loaded && access(port_path(-1, path), F_OK))
		return;
	control = port_control_open();
	port_path(-1, path);
	if (control < 0) {
		todo(doctor,
		     control == -EACCES
			     ? "By default every user may open it (0666): is there a udev rule?"
			     : "rmmod kpl011, then modprobe kpl011");
		tell(doctor, "device", FINDING_WRONG, "cannot open %s: %s", path,
		     strerror(-control));
		return;
	}
	close(control);
	tell(doctor, "device", FINDING_OK, "%s can be opened", path);
}

static bool in_group(gid_t gid)
{
	gid_t groups[1024];
	int n = getgroups(1024, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return getegid() == gid;
}

static void check_kvm(struct doctor *doctor)
{
	char path[PATH_MAX];
	struct group *group;
	struct stat st;
	int err;
	int fd;

	if (stat(host_path("/dev/kvm", path), &st)) {
		todo(doctor, "modprobe kvm, or enable virtualization in the firmware, which has to "
			     "start the kernel at EL2.");
		tell(doctor, "kvm", FINDING_WRONG, "no /dev/kvm");
		return;
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	err = errno;
	if (fd >= 0) {
		close(fd);
		tell(doctor, "kvm", FINDING_OK, "/dev/kvm can be opened");
		return;
	}
	group = getgrgid(st.st_gid);
	if (err == EACCES && st.st_mode & 0060 && !in_group(st.st_gid))
		todo(doctor, "adduser USER %s, and log in again.", group ? group->gr_name : "kvm");
	else if (err == EACCES)
		todo(doctor,
		     "Its mode is %04o, which udev's rules set: it should be 0660 with the "
		     "group kvm.",
		     (unsigned int)st.st_mode & 07777);
	else
		todo(doctor, "'dmesg | grep -i kvm' says more.");
	tell(doctor, "kvm", FINDING_WARNING, "cannot open /dev/kvm: %s", strerror(err));
}

static void check_mode(struct doctor *doctor)
{
	char line[4096];
	char *mode;

	host_read("/proc/cmdline", line, sizeof(line));
	mode = strstr(line, "kvm-arm.mode=");
	if (!mode) {
		tell(doctor, "mode", FINDING_OK, "the kernel's default (kvm-arm.mode is not set)");
		return;
	}
	mode[strcspn(mode, " ")] = '\0';
	if (!strcmp(mode, "kvm-arm.mode=none")) {
		todo(doctor, "Boot without it.");
		tell(doctor, "mode", FINDING_WRONG, "%s: KVM is off", mode);
	} else if (!strcmp(mode, "kvm-arm.mode=protected")) {
		todo(doctor, "Boot without it, unless you start only VMs that are not protected.");
		tell(doctor, "mode", FINDING_WARNING, "%s: protected VMs are not tested", mode);
	} else {
		tell(doctor, "mode", FINDING_OK, "%s", mode);
	}
}

static void check_ptrace(struct doctor *doctor)
{
	char text[16];
	int scope = 0;

	if (host_read("/proc/sys/kernel/yama/ptrace_scope", text, sizeof(text)) > 0)
		scope = atoi(text);
	if (scope >= 3) {
		todo(doctor, "Boot with another setting: it cannot be changed any more.");
		tell(doctor, "ptrace", FINDING_WRONG,
		     "kernel.yama.ptrace_scope is %d: no VM of another process can be attached",
		     scope);
	} else if (scope && geteuid()) {
		todo(doctor,
		     "Attach as root, use 'kpl011 run'%s, or sysctl "
		     "kernel.yama.ptrace_scope=0.",
		     scope > 1 ? " as root" : "");
		tell(doctor, "ptrace", FINDING_WARNING,
		     "kernel.yama.ptrace_scope is %d: only root may attach running VMs", scope);
	} else {
		tell(doctor, "ptrace", FINDING_OK, "kernel.yama.ptrace_scope is %d", scope);
	}
}

static void check_pages(struct doctor *doctor)
{
	tell(doctor, "pages", FINDING_OK, "of %ld KiB", sysconf(_SC_PAGESIZE) / 1024);
}

static void check_qemu(struct doctor *doctor)
{
	char line[256] = "";
	FILE *file;

	file = popen("qemu-system-aarch64 --version 2>/dev/null", "re");
	if (file) {
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		pclose(file);
	}
	line[strcspn(line, "\n")] = '\0';
	if (line[0]) {
		tell(doctor, "qemu", FINDING_OK, "%s", line);
		return;
	}
	todo(doctor, "Install it (Debian: qemu-system-arm), unless another VMM is used.");
	tell(doctor, "qemu", FINDING_WARNING, "no qemu-system-aarch64 in $PATH");
}

static void check_files(struct doctor *doctor)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < FILES_WANTED) {
		todo(doctor, "Raise it (ulimit -Hn, LimitNOFILE=): each guest takes a few.");
		tell(doctor, "files", FINDING_WARNING, "a process may have %llu open files",
		     (unsigned long long)limit.rlim_max);
	} else {
		tell(doctor, "files", FINDING_OK, "a process may have %llu open files",
		     (unsigned long long)limit.rlim_max);
	}
}

static void check_udev(struct doctor *doctor)
{
	static const char *const folders[] = { "/etc/udev/rules.d", "/run/udev/rules.d",
					       "/usr/local/lib/udev/rules.d",
					       "/usr/lib/udev/rules.d", "/lib/udev/rules.d" };
	char name[NAME_MAX + 1];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (!host_named(folders[i], "kpl011", name))
			continue;
		tell(doctor, "udev", FINDING_OK, "%s/%s", folders[i], name);
		return;
	}
	tell(doctor, "udev", FINDING_OK, "no rule, and none is needed");
}

struct vms {
	struct doctor *doctor;
	pid_t *with_port; /* sorted; only processes whose ports this user may see */
	size_t count;
	bool hidden; /* there are ports that this user may not see */
	size_t with;
	size_t without;
	size_t unknown; /* it may have one of the hidden ports */
};

static int by_pid(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a;
	pid_t y = *(const pid_t *)b;

	return x < y ? -1 : x > y;
}

static void find_ports(struct vms *vms)
{
	struct guests guests;

	if (access(port_dir(), F_OK) || guests_scan(&guests))
		return;
	vms->with_port = malloc((guests.count + 1) * sizeof(*vms->with_port));
	for (size_t i = 0; vms->with_port && i < guests.count; i++)
		if (guests.all[i].live)
			vms->with_port[vms->count++] = guests.all[i].pid;
	if (vms->count)
		qsort(vms->with_port, vms->count, sizeof(*vms->with_port), by_pid);
	vms->hidden = guests.hidden;
	guests_free(&guests);
}

static int look_at_vm(pid_t pid, void *arg)
{
	struct vms *vms = arg;
	struct attach_options opts;
	struct attach_result result;
	struct vm_process process;
	int has = vmfind_has_vm(pid);
	bool unknown;

	if ((has != 1 && has != -EACCES && has != -EPERM) || vmfind_process(pid, &process))
		return 0;
	/* Of the processes that this user may not look at, only QEMUs probably have a VM. */
	if (has != 1 && !process.named)
		return 0;
	if (vms->count &&
	    bsearch(&pid, vms->with_port, vms->count, sizeof(*vms->with_port), by_pid)) {
		vms->with++;
		return 0;
	}
	/* Whoever may look at the process may also see its VM's port. */
	unknown = has != 1 && vms->hidden;
	vms->unknown += unknown;
	vms->without += !unknown;
	attach_defaults(&opts);
	if (access(port_dir(), F_OK)) {
		snprintf(result.reason, sizeof(result.reason), "the module is not loaded");
	} else if (!attach_probe(pid, &opts, &result)) {
		todo(vms->doctor, "kpl011 attach --take-over %d", (int)pid);
		snprintf(result.reason, sizeof(result.reason), "nobody attached it");
	} else {
		todo(vms->doctor, "%s", result.advice);
	}
	tell(vms->doctor, "guest", unknown ? FINDING_OK : FINDING_WARNING,
	     unknown ? "whether %s (process %d) has a port is not known: %s"
		     : "%s (process %d) has no port: %s",
	     process.name, (int)pid, result.reason);
	return 0;
}

static void check_guests(struct doctor *doctor)
{
	struct vms vms = { .doctor = doctor };
	char unknown[64] = "";
	int err;

	find_ports(&vms);
	err = vmfind_each(look_at_vm, &vms);
	if (vms.unknown)
		snprintf(unknown, sizeof(unknown), ", of %zu it is not known", vms.unknown);
	if (err)
		tell(doctor, "guests", FINDING_WARNING, "cannot look for VMs in /proc: %s",
		     strerror(-err));
	else
		tell(doctor, "guests", FINDING_OK, "%zu running VMs have a port, %zu have none%s",
		     vms.with, vms.without, unknown);
	free(vms.with_port);
}

void checks_run(finding_cb *cb, void *arg)
{
	static void (*const checks[])(struct doctor * doctor) = {
		check_machine, check_kernel, check_module, check_signature, check_control,
		check_kvm,     check_mode,   check_ptrace, check_pages,	    check_udev,
		check_files,   check_qemu,   check_guests,
	};
	struct doctor doctor = { .cb = cb, .arg = arg };

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&doctor);
}
