// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/loop.h"
#include "fake_link.h"
#include "guests/fleet.h"
#include "guests/vmfind.h"
#include "remote/hosts.h"
#include "remote/source_remote.h"

/* More looks than there are from one search of all processes to the next. */
#define LOOKS 10

/* Why nothing is found of each process. */
static const int *found;
static size_t processes;

/* The first of them is the one behind this. */
static pid_t before;

/* Each of them names the socket there, in words of its own or of all; NULL: they name none. */
static const char *sockets;
static bool same_words;

/* From this one on they are another user's. */
static pid_t others;

int __wrap_vmfind_each(int (*fn)(pid_t pid, void *arg), void *arg);
int __wrap_vmfind_each(int (*fn)(pid_t pid, void *arg), void *arg)
{
	for (size_t i = 0; i < processes; i++)
		assert_int_equal(fn(before + (pid_t)i + 1, arg), 0);
	return 0;
}

int __wrap_vmfind_serial(pid_t pid, char *path, size_t size);
int __wrap_vmfind_serial(pid_t pid, char *path, size_t size)
{
	if (sockets) {
		size_t slashes = same_words ? 1 : (size_t)pid;
		size_t len = strlen(sockets);

		assert_in_range(slashes, 1, size - len - sizeof("socket"));
		memcpy(path, sockets, len);
		memset(path + len, '/', slashes);
		strcpy(path + len + slashes, "socket");
		return 0;
	}
	/* It names a file that is not a socket. */
	snprintf(path, size, "/dev/null");
	return found[pid - 1];
}

int __wrap_vmfind_process(pid_t pid, struct vm_process *process);
int __wrap_vmfind_process(pid_t pid, struct vm_process *process)
{
	*process = (struct vm_process){ .pid = pid, .uid = pid < others ? 1000 : 1001 };
	if (same_words)
		process->uid = geteuid();
	snprintf(process->name, sizeof(process->name), "web%d", (int)pid);
	return 0;
}

/* Nobody is connected to a host. */
int __wrap_remote_source(struct remote *remote, uint32_t id, uint64_t life, bool writable,
			 struct source **src);
int __wrap_remote_source(struct remote *remote, uint32_t id, uint64_t life, bool writable,
			 struct source **src)
{
	(void)remote;
	(void)id;
	(void)life;
	(void)writable;
	(void)src;
	return -EHOSTDOWN;
}

static void on_changed(struct guest *guest, void *arg)
{
	(void)guest;
	(void)arg;
}

static void on_forgotten(struct guest *guest, void *arg)
{
	(void)arg;
	/* It is not freed yet. */
	assert_int_not_equal(guest->state, GUEST_LIVE);
}

static const struct fleet_ops ops = { .changed = on_changed, .forgotten = on_forgotten };

static void look(struct fleet *fleet)
{
	for (int i = 0; i < LOOKS; i++)
		fleet_look_around(fleet);
}

static void test_processes_that_may_not_be_looked_at_are_counted(void **state)
{
	/* Of /proc with hidepid=1, or of the socket's directory; there is none, or it has ended. */
	static const int first[] = { -EPERM, -EACCES, -ENOENT, -ESRCH };
	static const int then[] = { -ENOENT, 0, -EPERM };
	struct loop *loop = loop_new();
	struct fleet *fleet;

	(void)state;
	assert_non_null(loop);
	fleet = fleet_new(loop, false, &ops, NULL);
	assert_non_null(fleet);
	found = first;
	processes = ROWS(first);
	look(fleet);
	/* Nobody has asked for them. */
	assert_int_equal(fleet_denied(fleet), 0);
	fleet_find_vmms(fleet);
	look(fleet);
	assert_int_equal(fleet_denied(fleet), 2);
	found = then;
	processes = ROWS(then);
	look(fleet);
	assert_int_equal(fleet_denied(fleet), 1);
	assert_int_equal(fleet_count(fleet), 0);
	fleet_free(fleet);
	loop_free(loop);
}

static const char *path_of(const char *dir, int port)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d", dir, port);
	return path;
}

/* As source_fake.c has them: a guest that lives, and has said nothing. */
static void make_port(const char *dir, int port)
{
	FILE *file = fopen(path_of(dir, port), "w");

	assert_non_null(file);
	fprintf(file,
		"name web%d\nlive 1\npid 0\nuid 0\ngpa 1\nintid 33\nring_size 65536\n"
		"attach_ns %d\ndeath_ns 0\ntx_oldest 0\n\n",
		port, port);
	assert_int_equal(fclose(file), 0);
}

static void test_ports_that_were_reaped_are_kept_open_for_windows_alone(void **state)
{
	char dir[] = "/tmp/kpl011-fleet-XXXXXX";
	struct loop *loop = loop_new();
	struct fleet *fleet;
	struct guest *shown;

	(void)state;
	assert_non_null(loop);
	assert_non_null(mkdtemp(dir));
	setenv("KPL011_DEV_DIR", dir, 1);
	for (int port = 1; port <= 3; port++)
		make_port(dir, port);
	fleet = fleet_new(loop, true, &ops, NULL);
	assert_non_null(fleet);
	look(fleet);
	assert_int_equal(fleet_count(fleet), 3);
	shown = fleet_at(fleet, 1);
	/* Nobody looks at what it points to. */
	shown->view = (struct view *)dir;
	assert_int_equal(unlink(path_of(dir, 1)), 0);
	assert_int_equal(unlink(path_of(dir, 2)), 0);
	look(fleet);
	assert_int_equal(fleet_count(fleet), 2);
	assert_ptr_equal(fleet_at(fleet, 0), shown);
	assert_int_equal(shown->state, GUEST_GONE);
	assert_int_equal(fleet_at(fleet, 1)->state, GUEST_LIVE);
	shown->view = NULL;
	look(fleet);
	assert_int_equal(fleet_count(fleet), 1);
	assert_int_equal(fleet_at(fleet, 0)->origin.port, 3);
	/* What cannot be listed has not been reaped. */
	setenv("KPL011_DEV_DIR", "/nonexistent", 1);
	look(fleet);
	assert_int_equal(fleet_count(fleet), 1);
	assert_int_equal(unlink(path_of(dir, 3)), 0);
	assert_int_equal(rmdir(dir), 0);
	fleet_free(fleet);
	loop_free(loop);
}

/* The host reports that this is all it has. */
static void report(struct fleet *fleet, struct remote *remote, unsigned int life)
{
	char text[512];
	json_t *note;

	snprintf(text, sizeof(text),
		 "{\"all\":true,\"guests\":[" GUEST_JSON("1", "%u", "live", "0", "0") "]}", life);
	note = json_loads(text, 0, NULL);
	assert_non_null(note);
	roster_take((struct roster *)remote_roster(remote), note);
	json_decref(note);
	assert_int_equal(remote_roster(remote)->count, 1);
	fleet_host_changed(fleet, remote);
}

static void test_a_host_has_no_guests_without_end(void **state)
{
	struct loop *loop = loop_new();
	struct remote *remote;
	struct fleet *fleet;
	struct guest *shown;

	(void)state;
	assert_non_null(loop);
	assert_int_equal(hosts_add("a"), STATUS_OK);
	remote = hosts_find("a");
	fleet = fleet_new(loop, false, &ops, NULL);
	assert_non_null(fleet);
	report(fleet, remote, 1);
	shown = fleet_at(fleet, 0);
	/* A window shows it. Nobody looks at what it points to. */
	shown->view = (struct view *)loop;
	for (unsigned int life = 2; life <= FLEET_HOST_MAX + 100; life++)
		report(fleet, remote, life);
	assert_int_equal(fleet_count(fleet), FLEET_HOST_MAX);
	assert_ptr_equal(fleet_at(fleet, 0), shown);
	assert_int_equal(fleet_at(fleet, 1)->origin.life, 102);
	assert_int_equal(fleet_at(fleet, FLEET_HOST_MAX - 1)->origin.life, FLEET_HOST_MAX + 100);
	shown->view = NULL;
	fleet_free(fleet);
	hosts_free();
	loop_free(loop);
}

static int make_socket(const char *dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* A socket at which nobody listens, and a fleet that finds it. */
static struct fleet *begin_to_find(struct loop **loop, char dir[])
{
	struct fleet *fleet;

	*loop = loop_new();
	assert_non_null(*loop);
	assert_non_null(mkdtemp(dir));
	close(make_socket(dir));
	sockets = dir;
	fleet = fleet_new(*loop, false, &ops, NULL);
	assert_non_null(fleet);
	fleet_find_vmms(fleet);
	return fleet;
}

static void end_to_find(struct loop *loop, struct fleet *fleet)
{
	char path[PATH_MAX];

	fleet_free(fleet);
	loop_free(loop);
	snprintf(path, sizeof(path), "%s/socket", sockets);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(sockets), 0);
	sockets = NULL;
	same_words = false;
	processes = 0;
	before = 0;
}

static void test_sockets_are_forgotten_when_no_process_names_them(void **state)
{
	char dir[] = "/tmp/kpl011-fleet-XXXXXX";
	struct loop *loop;
	struct fleet *fleet = begin_to_find(&loop, dir);
	struct origin named = { .kind = ORIGIN_UNIX, .name = "web", .path = "/nonexistent" };
	struct guest *shown;
	struct guest *gone;

	(void)state;
	assert_non_null(fleet_add(fleet, &named));
	processes = 4;
	others = 100;
	look(fleet);
	assert_int_equal(fleet_count(fleet), 5);
	shown = fleet_at(fleet, 2);
	/* Nobody looks at what it points to. */
	shown->view = (struct view *)dir;
	/* It was a guest, of which there is more to see than that it is gone. */
	gone = fleet_at(fleet, 3);
	gone->state = GUEST_GONE;
	processes = 1;
	look(fleet);
	assert_int_equal(fleet_count(fleet), 4);
	assert_ptr_equal(fleet_at(fleet, 2), shown);
	assert_ptr_equal(fleet_at(fleet, 3), gone);
	processes = 0;
	shown->view = NULL;
	look(fleet);
	/* What the operator has named stays. */
	assert_int_equal(fleet_count(fleet), 2);
	assert_string_equal(fleet_at(fleet, 0)->origin.path, "/nonexistent");
	assert_ptr_equal(fleet_at(fleet, 1), gone);
	end_to_find(loop, fleet);
}

static void test_a_user_has_no_sockets_without_end(void **state)
{
	char dir[] = "/tmp/kpl011-fleet-XXXXXX";
	struct loop *loop;
	struct fleet *fleet = begin_to_find(&loop, dir);

	(void)state;
	processes = FLEET_USER_MAX + 150;
	others = FLEET_USER_MAX + 101;
	look(fleet);
	assert_int_equal(fleet_count(fleet), FLEET_USER_MAX + 50);
	assert_int_equal(fleet_at(fleet, FLEET_USER_MAX)->origin.pid, others);
	/* They were guests, and others take their place, but not that of one that a window shows.
	 */
	for (size_t i = 0; i < FLEET_USER_MAX; i++)
		fleet_at(fleet, i)->state = GUEST_GONE;
	fleet_at(fleet, 0)->view = (struct view *)dir;
	before = FLEET_USER_MAX + 150;
	processes = 10;
	others = INT_MAX;
	look(fleet);
	assert_int_equal(fleet_count(fleet), FLEET_USER_MAX);
	assert_int_equal(fleet_at(fleet, 0)->origin.pid, 1);
	assert_int_equal(fleet_at(fleet, 1)->origin.pid, 12);
	assert_int_equal(fleet_at(fleet, FLEET_USER_MAX - 1)->origin.pid, before + 10);
	fleet_at(fleet, 0)->view = NULL;
	end_to_find(loop, fleet);
}

/* Another socket in the place of that one. This process listens there. */
static int listen_anew(const char *dir)
{
	struct stat was, is;
	char path[PATH_MAX];
	int fd = -1;

	snprintf(path, sizeof(path), "%s/socket", dir);
	assert_int_equal(stat(path, &was), 0);
	/* The clock of files has steps, in which one socket cannot be told from the other. */
	do {
		if (fd >= 0)
			close(fd);
		assert_int_equal(unlink(path), 0);
		fd = make_socket(dir);
		assert_int_equal(stat(path, &is), 0);
	} while (is.st_ctim.tv_sec == was.st_ctim.tv_sec &&
		 is.st_ctim.tv_nsec == was.st_ctim.tv_nsec);
	assert_int_equal(listen(fd, 100), 0);
	return fd;
}

/* How many have connected since this was last asked. */
static int connections(int listener)
{
	int count = 0;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		close(fd);
		count++;
	}
	assert_int_equal(errno, EAGAIN);
	return count;
}

static void test_each_that_names_the_socket_of_another_is_tried_once(void **state)
{
	char dir[] = "/tmp/kpl011-fleet-XXXXXX";
	struct loop *loop;
	struct fleet *fleet = begin_to_find(&loop, dir);
	int listener = listen_anew(dir);
	const struct guest *guest;

	(void)state;
	same_words = true;
	before = getpid();
	processes = 3;
	look(fleet);
	assert_int_equal(fleet_count(fleet), 1);
	guest = fleet_at(fleet, 0);
	assert_int_equal(guest->err, ORIGIN_NOT_ITS);
	assert_int_equal(connections(listener), 3);
	look(fleet);
	assert_int_equal(connections(listener), 0);
	processes = 4;
	look(fleet);
	assert_int_equal(connections(listener), 1);
	/* At another socket each of them may listen, and so may one that comes before them. */
	close(listener);
	listener = listen_anew(dir);
	look(fleet);
	assert_int_equal(connections(listener), 4);
	look(fleet);
	assert_int_equal(connections(listener), 0);
	close(listener);
	listener = listen_anew(dir);
	before = getpid() - 1;
	processes = 5;
	look(fleet);
	assert_int_equal(guest->state, GUEST_LIVE);
	assert_int_equal(guest->origin.pid, getpid());
	assert_int_equal(connections(listener), 1);
	end_to_find(loop, fleet);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes_that_may_not_be_looked_at_are_counted),
		cmocka_unit_test(test_ports_that_were_reaped_are_kept_open_for_windows_alone),
		cmocka_unit_test(test_a_host_has_no_guests_without_end),
		cmocka_unit_test(test_sockets_are_forgotten_when_no_process_names_them),
		cmocka_unit_test(test_a_user_has_no_sockets_without_end),
		cmocka_unit_test(test_each_that_names_the_socket_of_another_is_tried_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
