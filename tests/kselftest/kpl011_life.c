// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports among others and over time: several in a VM, several VMs in a process,
 * descriptors passed on, what sysfs and uevents tell, the interrupt line that
 * the VMM has too, and the reset of a VM.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"

#include "port.h"
#include "users.h"
#include "vm.h"

#define REG(offset)	(VM_UART_GPA + (offset))
#define GICD_ICFGR2	(VM_GICD_GPA + 0xc08)	/* INTIDs 32 to 47: 0 is level */

FIXTURE(life) {
	struct vm vm;
	struct kpl011_attach args;
	int fd;
};

FIXTURE_SETUP(life)
{
	ASSERT_EQ(0, vm_create(&self->vm, true));
	ASSERT_EQ(0, vm_store(&self->vm, GICD_ICFGR2, 4, 0, 1));
	self->args = port_args(self->vm.fd);
	self->fd = port_attach_open(&self->args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(life)
{
	vm_destroy(&self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

static int detach(int fd)
{
	struct kpl011_detach args = { .size = sizeof(args) };

	return ioctl(fd, KPL011_DETACH, &args) ? -errno : 0;
}

/* ABI: KPL011_ATTACH "@gpa:" */
TEST_F(life, several_uarts_of_one_vm_are_apart)
{
	struct kpl011_attach args = self->args;
	char buf[8];
	int second;

	/* Where QEMU has its second UART, and its INTID. */
	args.gpa = 0x09040000;
	args.intid = 40;
	second = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, second);
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'a', 1));
	ASSERT_EQ(0, vm_store(&self->vm, 0x09040000, 4, 'b', 1));
	ASSERT_EQ(1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ('a', buf[0]);
	ASSERT_EQ(1, read(second, buf, sizeof(buf)));
	EXPECT_EQ('b', buf[0]);

	ASSERT_EQ(0, vm_store(&self->vm, 0x09040000 + PL011_IMSC, 4,
			      PL011_INT_RT, 1));
	ASSERT_EQ(1, write(second, "x", 1));
	EXPECT_EQ(1, vm_line(&self->vm, 40));
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	/* One goes, the other stays. */
	EXPECT_EQ(0, detach(second));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'c', 1));
	EXPECT_EQ(1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, port_reap(second));
	close(second);
}

/* ABI: "The port is live until the VM is destroyed" */
TEST_F(life, vms_of_one_process_are_apart)
{
	struct kpl011_attach args;
	char buf[8];
	struct vm vm;
	int fd;

	ASSERT_EQ(0, vm_create(&vm, true));
	args = port_args(vm.fd);
	fd = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_store(&vm, REG(PL011_DR), 4, 'b', 1));
	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(1, read(fd, buf, sizeof(buf)));
	vm_destroy(&vm);
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'a', 1));
	EXPECT_EQ(1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/* ABI: "The port is live until the VM is destroyed" */
TEST_F(life, vm_lives_as_long_as_any_process_has_it)
{
	int pipes[2];
	pid_t child;
	char c;

	ASSERT_EQ(0, pipe(pipes));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		/* The VM's descriptors are copied; it lives until this ends. */
		close(pipes[1]);
		_exit(read(pipes[0], &c, 1) != 0);
	}
	close(pipes[0]);
	vm_destroy(&self->vm);
	EXPECT_EQ(0, port_poll(self->fd, POLLOUT) & POLLHUP);
	close(pipes[1]);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_NE(0, port_poll(self->fd, 0) & POLLHUP);
}

/*
 * ABI: "or a duplicate of it"
 * ABI: KPL011_ATTACH EEXIST
 */
TEST_F(life, duplicate_and_passed_descriptors_are_the_vm)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct kpl011_attach args = self->args;
	int pair[2], passed;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &self->vm.fd, sizeof(int));
	ASSERT_EQ(1, sendmsg(pair[0], &msg, 0));
	ASSERT_EQ(1, recvmsg(pair[1], &msg, 0));
	memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	args.vm_fd = passed;
	EXPECT_EQ(-EEXIST, port_attach(&args));
	args.vm_fd = dup(self->vm.fd);
	EXPECT_EQ(-EEXIST, port_attach(&args));
	args.gpa += 0x10000;
	args.intid++;
	EXPECT_EQ(0, port_attach(&args));
	close(args.vm_fd);
	close(passed);
	close(pair[0]);
	close(pair[1]);
}

/* ABI: "or a duplicate of it" */
TEST_F(life, descriptor_of_another_process_is_its_vm)
{
	struct kpl011_attach args;
	int to[2], from[2], fd, pidfd;
	char byte = 0;
	pid_t child;

	ASSERT_EQ(0, pipe(to));
	ASSERT_EQ(0, pipe(from));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		struct vm vm;

		if (vm_create(&vm, false) ||
		    write(from[1], &vm.fd, sizeof(vm.fd)) < 0 ||
		    read(to[0], &byte, 1) != 1 ||
		    vm_store(&vm, REG(PL011_DR), 4, 'c', 1))
			_exit(1);
		_exit(read(to[0], &byte, 1) != 1);
	}
	ASSERT_EQ(sizeof(fd), read(from[0], &fd, sizeof(fd)));
	pidfd = syscall(SYS_pidfd_open, child, 0);
	ASSERT_LE(0, pidfd);
	args = port_args(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
	ASSERT_LE(0, args.vm_fd);
	fd = port_attach_open(&args, O_RDONLY);
	ASSERT_LE(0, fd);
	close(args.vm_fd);
	ASSERT_EQ(1, write(to[1], "a", 1));
	EXPECT_EQ(POLLIN, port_poll(fd, POLLIN));
	ASSERT_EQ(1, read(fd, &byte, 1));
	EXPECT_EQ('c', byte);
	ASSERT_EQ(1, write(to[1], "b", 1));
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	close(fd);
	close(pidfd);
}

/*
 * ABI: "The interrupt line is low."
 * ABI: "Only the port drives the interrupt line while it is attached"
 */
TEST_F(life, the_vmm_can_not_move_the_line_of_an_attached_port)
{
	const unsigned int intid = KPL011_VIRT_INTID;

	/* Even before the line has ever been high. */
	ASSERT_EQ(0, vm_set_line(&self->vm, intid, 1));
	EXPECT_EQ(0, vm_line(&self->vm, intid));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RT, 1));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	EXPECT_EQ(1, vm_line(&self->vm, intid));
	ASSERT_EQ(0, vm_set_line(&self->vm, intid, 0));
	EXPECT_EQ(1, vm_line(&self->vm, intid));
	/* When it is detached it is the VMM's again. */
	ASSERT_EQ(0, detach(self->fd));
	EXPECT_EQ(0, vm_line(&self->vm, intid));
	ASSERT_EQ(0, vm_set_line(&self->vm, intid, 1));
	EXPECT_EQ(1, vm_line(&self->vm, intid));
	/* And a port that comes then begins with its own level. */
	self->args.size = sizeof(self->args);
	ASSERT_EQ(0, port_attach(&self->args));
	EXPECT_EQ(0, vm_line(&self->vm, intid));
}

/* ABI: "resets of the UART, by KPL011_RESET or with the VM" */
TEST_F(life, reset_of_the_vm_resets_the_uart)
{
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RT, 1));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, vm_reset(&self->vm));
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_IMSC), 4, &value, 1));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(1, info.resets);
	/* Also where the guest only writes DR. */
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_CR), 4, 0xf01, 1));
	ASSERT_EQ(0, vm_reset(&self->vm));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'x', 1));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(2, info.resets);
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_CR), 4, &value, 1));
	EXPECT_EQ(0x300, value);
}

/* A VMM resets the VM before it loads a snapshot, and the guest runs later. */
TEST_F(life, state_that_is_put_in_after_a_reset_of_the_vm_stays)
{
	struct kpl011_state state = { .size = sizeof(state) };
	struct kpl011_state fresh = { .size = sizeof(fresh) };
	struct kpl011_info info;
	uint64_t value;

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_IMSC), 4, PL011_INT_RT, 1));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_STATE_GET, &state));
	ASSERT_EQ(0, vm_reset(&self->vm));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_STATE_GET, &fresh));
	EXPECT_EQ(0, fresh.uart.imsc);
	EXPECT_EQ(0, fresh.uart.rx_count);
	ASSERT_EQ(0, vm_reset(&self->vm));
	ASSERT_EQ(0, ioctl(self->fd, KPL011_STATE_SET, &state));
	EXPECT_EQ(1, vm_line(&self->vm, KPL011_VIRT_INTID));
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_IMSC), 4, &value, 1));
	EXPECT_EQ(PL011_INT_RT, value);
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_DR), 4, &value, 1));
	EXPECT_EQ('x', value);
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(2, info.resets);
}

/* ABI: "resets of the UART, by KPL011_RESET or with the VM" */
TEST_F(life, first_start_of_a_vcpu_resets_nothing)
{
	struct kpl011_info info;
	struct vm vm;
	int fd;

	ASSERT_EQ(0, vm_create(&vm, true));
	self->args = port_args(vm.fd);
	fd = port_attach_open(&self->args, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_reset(&vm));
	ASSERT_EQ(0, vm_store(&vm, REG(PL011_DR), 4, 'x', 1));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(0, info.resets);
	vm_destroy(&vm);
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/* A sysfs attribute of the port, without its newline. */
static const char *attribute(unsigned int id, const char *name)
{
	static char value[128];
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/kpl011/%u/%s", id, name);
	file = fopen(path, "r");
	if (!file)
		return "(none)";
	if (!fgets(value, sizeof(value), file))
		value[0] = '\0';
	fclose(file);
	value[strcspn(value, "\n")] = '\0';
	return value;
}

TEST_F(life, sysfs_tells_one_value_an_attribute)
{
	const unsigned int id = self->args.id;
	char number[16];

	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'a', 3));
	ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_LCR_H), 4, PL011_LCR_BRK, 1));
	ASSERT_EQ(2, write(self->fd, "xy", 2));
	ASSERT_EQ(0, port_break(self->fd));
	EXPECT_STREQ("test", attribute(id, "name"));
	EXPECT_STREQ("live", attribute(id, "state"));
	EXPECT_STREQ("0x9000000", attribute(id, "gpa"));
	EXPECT_STREQ("33", attribute(id, "intid"));
	snprintf(number, sizeof(number), "%d", getpid());
	EXPECT_STREQ(number, attribute(id, "pid"));
	snprintf(number, sizeof(number), "%d", geteuid());
	EXPECT_STREQ(number, attribute(id, "uid"));
	EXPECT_STREQ("0", attribute(id, "strict"));
	EXPECT_STREQ("65536", attribute(id, "ring_size"));
	EXPECT_STREQ("3", attribute(id, "tx_bytes"));
	EXPECT_STREQ("0", attribute(id, "tx_lost"));
	EXPECT_STREQ("1", attribute(id, "tx_breaks"));
	EXPECT_STREQ("2", attribute(id, "rx_bytes"));
	EXPECT_STREQ("3", attribute(id, "rx_queued"));
	EXPECT_STREQ("1", attribute(id, "rx_breaks"));
	EXPECT_STREQ("0", attribute(id, "reads"));
	EXPECT_STREQ("4", attribute(id, "writes"));
	EXPECT_STREQ("0", attribute(id, "interrupts"));
	EXPECT_STREQ("0", attribute(id, "resets"));
	EXPECT_STREQ("0", attribute(id, "flow_stalls"));
	EXPECT_STREQ("0", attribute(id, "flow_drops"));
	ASSERT_EQ(0, detach(self->fd));
	EXPECT_STREQ("detached", attribute(id, "state"));
	ASSERT_EQ(0, port_reap(self->fd));
	EXPECT_STREQ("(none)", attribute(id, "state"));
}

/* Whether a user can read a file. */
static bool can_read(uid_t uid, const char *path)
{
	int status = -1;
	char buf[256];
	pid_t child;

	child = fork();
	if (!child) {
		int fd;

		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
			_exit(2);
		fd = open(path, O_RDONLY);
		_exit(fd < 0 || read(fd, buf, sizeof(buf)) < 0);
	}
	waitpid(child, &status, 0);
	return !status;
}

/* What is in a port's directory in sysfs, with this and no more for everyone. */
TEST_F(life, sysfs_tells_others_nothing_of_what_the_guest_does)
{
	static const char *const all[] = { "state", "gpa", "intid", "uid", "strict",
					   "ring_size", "dev", "uevent" };
	static const char *const owners[] = { "name", "pid", "rx_bytes", "page" };
	struct kpl011_attach args = port_args(users_vm_of(1000));
	unsigned int files = 0, found = 0, i;
	char dir[64], path[384];
	struct dirent *entry;
	struct stat st;
	DIR *stream;

	ASSERT_LE(0, args.vm_fd);
	args.flags = KPL011_ATTACH_PAGE;
	ASSERT_EQ(0, port_attach(&args));
	snprintf(dir, sizeof(dir), "/sys/class/kpl011/%u", args.id);
	stream = opendir(dir);
	ASSERT_NE(NULL, stream);
	while ((entry = readdir(stream))) {
		bool open_to_all = false;

		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (lstat(path, &st) || !S_ISREG(st.st_mode))
			continue;
		files++;
		for (i = 0; i < sizeof(all) / sizeof(*all); i++)
			open_to_all |= !strcmp(all[i], entry->d_name);
		for (i = 0; i < sizeof(owners) / sizeof(*owners); i++)
			found += !strcmp(owners[i], entry->d_name);
		EXPECT_EQ(open_to_all, can_read(2000, path)) {
			TH_LOG("%s", path);
		}
		EXPECT_TRUE(can_read(1000, path));
		EXPECT_TRUE(can_read(0, path));
		/* Only what is for him is his: uevent could be written. */
		EXPECT_EQ(open_to_all ? 0 : 1000, st.st_uid);
	}
	closedir(stream);
	EXPECT_LE(26, files);
	EXPECT_EQ(4, found);
	close(args.vm_fd);
}

/* The same of a port of root, without a page. */
TEST_F(life, sysfs_tells_nothing_of_roots_ports)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/class/kpl011/%u/rx_bytes", self->args.id);
	EXPECT_TRUE(can_read(0, path));
	EXPECT_FALSE(can_read(1000, path));
}

/*
 * ABI: KPL011_INFO "0 if it is not visible there or has ended"
 */
TEST_F(life, pid_of_a_process_that_has_ended_is_not_told)
{
	const struct maker maker = { .uid = 1000 };
	struct kpl011_attach args;
	struct kpl011_info info;
	char number[16];
	pid_t pid;
	int fd;

	args = port_args(users_vm(&maker, &pid));
	ASSERT_LE(0, args.vm_fd);
	fd = port_attach_open(&args, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(pid, info.pid);
	snprintf(number, sizeof(number), "%d", pid);
	EXPECT_STREQ(number, attribute(args.id, "pid"));
	/* The VM lives on, by the descriptor that is here. */
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	ASSERT_EQ(0, port_info(fd, &info));
	EXPECT_EQ(KPL011_STATE_LIVE, info.state);
	EXPECT_EQ(0, info.pid);
	EXPECT_STREQ("0", attribute(args.id, "pid"));
	close(args.vm_fd);
	EXPECT_NE(0, port_poll(fd, 0) & POLLHUP);
	EXPECT_EQ(0, port_reap(fd));
	close(fd);
}

/* Wait for the uevent of a port that has this text. Returns whether it came. */
static int uevent(int sock, unsigned int id, const char *action,
		  const char *text)
{
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	char msg[4096], head[64];
	ssize_t n, i;

	snprintf(head, sizeof(head), "%s@/devices/virtual/kpl011/%u", action, id);
	while (poll(&pfd, 1, 1000 * SURELY) > 0) {
		n = recv(sock, msg, sizeof(msg) - 1, 0);
		if (n <= 0)
			return 0;
		msg[n] = '\0';
		if (strcmp(msg, head))
			continue;
		for (i = 0; i < n; i += strlen(msg + i) + 1)
			if (!strcmp(msg + i, text))
				return 1;
	}
	return 0;
}

TEST_F(life, uevents_tell_of_attach_death_detach_and_reap)
{
	struct sockaddr_nl kernel = {
		.nl_family = AF_NETLINK, .nl_groups = 1,
	};
	int sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
	struct kpl011_attach args;
	struct vm vm;
	int fd;

	ASSERT_LE(0, sock);
	ASSERT_EQ(0, bind(sock, (struct sockaddr *)&kernel, sizeof(kernel)));
	ASSERT_EQ(0, vm_create(&vm, false));
	args = port_args(vm.fd);
	fd = port_attach_open(&args, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(uevent(sock, args.id, "add", "SUBSYSTEM=kpl011"));
	vm_destroy(&vm);
	EXPECT_TRUE(uevent(sock, args.id, "change", "STATE=dead"));
	ASSERT_EQ(0, port_reap(fd));
	EXPECT_TRUE(uevent(sock, args.id, "remove", "SUBSYSTEM=kpl011"));
	ASSERT_EQ(0, detach(self->fd));
	EXPECT_TRUE(uevent(sock, self->args.id, "change", "STATE=detached"));
	close(fd);
	close(sock);
}

static void *reap_as_soon_as_may_be(void *arg)
{
	int fd = *(int *)arg;
	int ret;

	do {
		ret = port_reap(fd);
	} while (ret == -EBUSY);
	return (void *)(intptr_t)ret;
}

/* The first letter of each uevent of a port, up to the one that it is gone. */
static void uevents_of(int sock, unsigned int id, char *letters, size_t size)
{
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	char msg[4096], path[64];
	size_t n = 0;

	snprintf(path, sizeof(path), "@/devices/virtual/kpl011/%u", id);
	while (n + 1 < size && (!n || letters[n - 1] != 'r') && poll(&pfd, 1, 1000 * SURELY) > 0) {
		ssize_t got = recv(sock, msg, sizeof(msg) - 1, 0);

		if (got <= 0)
			break;
		msg[got] = '\0';
		if (strchr(msg, '@') && !strcmp(strchr(msg, '@'), path))
			letters[n++] = msg[0];
	}
	letters[n] = '\0';
}

/* However soon it is reaped. */
TEST_F(life, uevents_of_a_port_come_in_order)
{
	struct sockaddr_nl kernel = {
		.nl_family = AF_NETLINK, .nl_groups = 1,
	};
	int sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
	struct kpl011_attach args;
	char letters[8];
	pthread_t thread;
	unsigned int i;
	struct vm vm;
	void *ret;
	int fd;

	ASSERT_LE(0, sock);
	ASSERT_EQ(0, bind(sock, (struct sockaddr *)&kernel, sizeof(kernel)));
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(0, vm_create(&vm, false));
		args = port_args(vm.fd);
		fd = port_attach_open(&args, O_RDWR);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, pthread_create(&thread, NULL, reap_as_soon_as_may_be, &fd));
		vm_destroy(&vm);
		ASSERT_EQ(0, pthread_join(thread, &ret));
		EXPECT_EQ(NULL, ret);
		uevents_of(sock, args.id, letters, sizeof(letters));
		ASSERT_STREQ("acr", letters);
		close(fd);
	}
	close(sock);
}

#define BURST	50

struct sleeper {
	int fd;
	pid_t tid;
	unsigned int bytes;
	long woken[BURST];
};

static long microseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Sleep for each byte. */
static void *sleep_and_read(void *arg)
{
	struct sleeper *sleeper = arg;
	unsigned int i;
	char byte;

	__atomic_store_n(&sleeper->tid, gettid(), __ATOMIC_RELEASE);
	for (i = 0; i < BURST; i++) {
		port_poll(sleeper->fd, POLLIN);
		sleeper->woken[i] = microseconds();
		if (read(sleeper->fd, &byte, 1) != 1)
			break;
		__atomic_store_n(&sleeper->bytes, i + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Wait until a thread sleeps. */
static void until_asleep(pid_t tid)
{
	char path[64], stat[256], *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	do {
		file = fopen(path, "r");
		state = file && fgets(stat, sizeof(stat), file) ?
				strrchr(stat, ')') : NULL;
		if (file)
			fclose(file);
	} while (state && state[2] != 'S');
}

/*
 * A reader that sleeps for each of some bytes that follow each other is woken
 * no more often than every 4 ms, so that it takes as long as that at least.
 *
 * ABI: "The first byte after a pause wakes sleepers at once"
 */
TEST_F(life, reader_is_woken_for_a_burst_and_not_for_each_byte)
{
	struct sleeper sleeper = {
		.fd = port_open(self->args.id, O_RDONLY),
	};
	unsigned int i;
	pthread_t thread;

	ASSERT_LE(0, sleeper.fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, sleep_and_read, &sleeper));
	while (!__atomic_load_n(&sleeper.tid, __ATOMIC_ACQUIRE))
		;
	for (i = 0; i < BURST; i++) {
		while (__atomic_load_n(&sleeper.bytes, __ATOMIC_ACQUIRE) < i)
			;
		until_asleep(sleeper.tid);
		ASSERT_EQ(0, vm_store(&self->vm, REG(PL011_DR), 4, 'x', 1));
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(BURST, sleeper.bytes);
	/* The first measured wake may have been late by itself. */
	EXPECT_LE((BURST - 6) * 4000, sleeper.woken[BURST - 1] - sleeper.woken[0]);
	close(sleeper.fd);
}

/* Returns the shortest time of some from a byte to the reader's wake, in us. */
static long best_wake(struct vm *vm, unsigned int id)
{
	struct sleeper sleeper = { .fd = port_open(id, O_RDONLY) };
	struct timespec pause = { .tv_nsec = 10000000 };
	long best = LONG_MAX, began;
	pthread_t thread;
	unsigned int i;

	if (sleeper.fd < 0 || lseek(sleeper.fd, 0, SEEK_END) < 0 ||
	    pthread_create(&thread, NULL, sleep_and_read, &sleeper))
		return -1;
	while (!__atomic_load_n(&sleeper.tid, __ATOMIC_ACQUIRE))
		;
	for (i = 0; i < BURST; i++) {
		until_asleep(sleeper.tid);
		nanosleep(&pause, NULL);
		began = microseconds();
		if (vm_store(vm, REG(PL011_DR), 4, 'x', 1))
			return -1;
		while (__atomic_load_n(&sleeper.bytes, __ATOMIC_ACQUIRE) <= i)
			;
		/* Before the first one nobody had slept. */
		if (i && sleeper.woken[i] - began < best)
			best = sleeper.woken[i] - began;
	}
	pthread_join(thread, NULL);
	close(sleeper.fd);
	return best;
}

/*
 * The host may be late for each of them while it is busy, but not for all.
 *
 * ABI: "The first byte after a pause wakes sleepers at once"
 */
TEST_F(life, reader_is_woken_at_once_after_a_pause)
{
	long best;
	int i;

	for (i = 0, best = LONG_MAX; i < 10 && best >= 4000; i++)
		best = best_wake(&self->vm, self->args.id);
	EXPECT_LE(0, best);
	EXPECT_GT(4000, best);
}

/* Whose memory goes at once: nothing that was begun for a reader may be left. */
TEST_F(life, ioctls_of_a_dead_port_leave_nothing_behind)
{
	struct kpl011_reset args = { .size = sizeof(args) };
	struct pollfd pfd = { .events = POLLIN };
	unsigned int round, i;
	struct vm vm;

	for (round = 0; round < 50; round++) {
		struct kpl011_attach attach;

		ASSERT_EQ(0, vm_create(&vm, false));
		attach = port_args(vm.fd);
		pfd.fd = port_attach_open(&attach, O_RDWR | O_NONBLOCK);
		ASSERT_LE(0, pfd.fd);
		vm_destroy(&vm);
		ASSERT_EQ(POLLHUP, port_poll(pfd.fd, 0));
		/* The second time a reader would be woken later. */
		for (i = 0; i < 2; i++) {
			poll(&pfd, 1, 0);
			EXPECT_EQ(-1, ioctl(pfd.fd, KPL011_RESET, &args));
			EXPECT_EQ(ENODEV, errno);
		}
		ASSERT_EQ(0, port_reap(pfd.fd));
		close(pfd.fd);
	}
}

TEST_HARNESS_MAIN
