// SPDX-License-Identifier: GPL-2.0-only
/* What sysfs and uevents tell of a port, and whom. */
#include <dirent.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fixture_life.h"
#include "users.h"

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

TEST_HARNESS_MAIN
