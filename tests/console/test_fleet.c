// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/loop.h"
#include "guests/fleet.h"
#include "guests/vmfind.h"
#include "remote/hosts.h"
#include "remote/source_remote.h"

/* More looks than there are from one search of all processes to the next. */
#define LOOKS 10

/* Why nothing is found of each process. */
static const int *found;
static size_t processes;

int __wrap_vmfind_each(int (*fn)(pid_t pid, void *arg), void *arg);
int __wrap_vmfind_each(int (*fn)(pid_t pid, void *arg), void *arg)
{
	for (size_t i = 0; i < processes; i++)
		assert_int_equal(fn((pid_t)i + 1, arg), 0);
	return 0;
}

int __wrap_vmfind_serial(pid_t pid, char *path, size_t size);
int __wrap_vmfind_serial(pid_t pid, char *path, size_t size)
{
	/* It names a file that is not a socket. */
	snprintf(path, size, "/dev/null");
	return found[pid - 1];
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
		 "{\"all\":true,\"guests\":[{\"id\":1,\"name\":\"web1\",\"state\":\"live\","
		 "\"life\":%u,\"pid\":0,\"uid\":0,\"gpa\":1,\"intid\":33,\"ring_size\":65536,"
		 "\"attach_ns\":1,\"death_ns\":0,\"tx_newest\":0,\"tx_oldest\":0,\"tx_breaks\":0,"
		 "\"rx_bytes\":0,\"rx_queued\":0,\"rx_breaks\":0,\"reads\":0,\"writes\":0,"
		 "\"interrupts\":0}]}",
		 life);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes_that_may_not_be_looked_at_are_counted),
		cmocka_unit_test(test_ports_that_were_reaped_are_kept_open_for_windows_alone),
		cmocka_unit_test(test_a_host_has_no_guests_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
