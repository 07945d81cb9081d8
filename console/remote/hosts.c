// SPDX-License-Identifier: GPL-2.0-only
#include "remote/hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "source/words.h"

/* As the command line and the environment say. */
static struct {
	const char *ssh;
	bool local;
	bool tried; /* to connect */
	enum status reached;
	struct remote *all[HOSTS_MAX];
	size_t count;
} hosts;

void hosts_set_ssh(const char *command)
{
	hosts.ssh = command;
}

static enum status add(const char *text, size_t len)
{
	struct host host;
	const char *why;

	if (!host_parse(text, len, &host, &why)) {
		msg_error("'%.*s' is not a host: %s", (int)(len < 256 ? len : 256), text, why);
		return STATUS_USAGE;
	}
	if (host.local) {
		hosts.local = true;
		return STATUS_OK;
	}
	if (hosts_find(host.name)) {
		msg_error("two hosts are called %s: give one of them another name, NAME=USER@HOST",
			  host.name);
		return STATUS_USAGE;
	}
	if (hosts.count == HOSTS_MAX) {
		msg_error("there are more than %d hosts", HOSTS_MAX);
		return STATUS_USAGE;
	}
	hosts.all[hosts.count] = remote_new(&host, hosts.ssh);
	if (!hosts.all[hosts.count]) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	hosts.count++;
	return STATUS_OK;
}

enum status hosts_add(const char *list)
{
	enum status status = STATUS_OK;

	while (!status) {
		size_t len = strcspn(list, ",");

		status = add(list, len);
		list += len;
		if (!*list++)
			break;
	}
	return status;
}

void hosts_free(void)
{
	while (hosts.count)
		remote_free(hosts.all[--hosts.count]);
	hosts.local = false;
}

bool hosts_given(void)
{
	return hosts.local || hosts.count;
}

bool hosts_local(void)
{
	return hosts.local || !hosts.count;
}

bool hosts_many(void)
{
	return hosts.count + hosts.local > 1;
}

size_t hosts_count(void)
{
	return hosts.count;
}

struct remote *hosts_at(size_t index)
{
	return hosts.all[index];
}

void hosts_set_ops(const struct remote_ops *ops, void *arg)
{
	for (size_t i = 0; i < hosts.count; i++)
		remote_set_ops(hosts.all[i], ops, arg);
}

void hosts_limit(uint64_t ms)
{
	for (size_t i = 0; i < hosts.count; i++)
		remote_limit(hosts.all[i], ms);
}

int hosts_join(struct loop *loop)
{
	for (size_t i = 0; i < hosts.count; i++) {
		if (!remote_join(hosts.all[i], loop))
			continue;
		while (i)
			remote_leave(hosts.all[--i]);
		return -ENOMEM;
	}
	return 0;
}

void hosts_leave(void)
{
	for (size_t i = 0; i < hosts.count; i++)
		remote_leave(hosts.all[i]);
}

void hosts_keep(void)
{
	for (size_t i = 0; i < hosts.count; i++)
		remote_keep(hosts.all[i]);
}

size_t hosts_away(void)
{
	size_t away = 0;

	for (size_t i = 0; i < hosts.count; i++)
		away += remote_state(hosts.all[i]) != REMOTE_HERE;
	return away;
}

struct remote *hosts_find(const char *name)
{
	for (size_t i = 0; i < hosts.count; i++)
		if (!strcmp(remote_name(hosts.all[i]), name))
			return hosts.all[i];
	return NULL;
}

bool hosts_named(const char *name, size_t len, struct remote **remote)
{
	char text[SOURCE_NAME_SIZE];

	*remote = NULL;
	if (len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	*remote = hosts_find(text);
	return *remote || (hosts_local() && !strcmp(text, HOST_LOCAL));
}

static bool is_coming(void)
{
	for (size_t i = 0; i < hosts.count; i++)
		if (remote_state(hosts.all[i]) == REMOTE_COMING)
			return true;
	return false;
}

/* Whether ssh would have asked the operator something. */
static bool would_ask(const struct remote *remote)
{
	const char *why = remote_why(remote);

	return strstr(why, "Permission denied") || strstr(why, "Host key verification failed");
}

static void time_is_over(void *arg)
{
	*(bool *)arg = true;
}

/* Waits for at most @ms; 0: as long as it takes. */
static void wait_for_all(struct loop *loop, uint64_t ms)
{
	bool over = false;
	struct loop_event *timer = loop_timer(loop, time_is_over, &over);

	if (timer && ms)
		loop_timer_set(timer, ms);
	while (is_coming() && !over)
		if (loop_turn(loop))
			break;
	loop_event_free(timer);
}

static void connect_all(struct loop *loop, uint64_t ms)
{
	for (size_t i = 0; i < hosts.count; i++)
		remote_try(hosts.all[i], false);
	wait_for_all(loop, ms);
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return;
	/* One after the other, as they would all ask at the same time. */
	for (size_t i = 0; i < hosts.count; i++) {
		if (remote_state(hosts.all[i]) != REMOTE_AWAY || !would_ask(hosts.all[i]))
			continue;
		remote_try(hosts.all[i], true);
		while (remote_state(hosts.all[i]) == REMOTE_COMING && !loop_turn(loop))
			;
	}
}

enum status hosts_connect(void)
{
	return hosts_connect_for(0);
}

enum status hosts_connect_for(uint64_t ms)
{
	enum status status = STATUS_OK;
	struct loop *loop;
	bool joined;

	if (hosts.tried)
		return hosts.reached;
	hosts.tried = true;
	loop = loop_new();

	joined = loop && !hosts_join(loop);
	if (joined) {
		connect_all(loop, ms);
		hosts_leave();
	} else {
		msg_error("out of memory");
		status = STATUS_FAILED;
	}
	loop_free(loop);
	for (size_t i = 0; !status && i < hosts.count; i++) {
		struct remote *remote = hosts.all[i];

		if (remote_state(remote) == REMOTE_HERE)
			remote_keep(remote);
	}
	for (size_t i = 0; status != STATUS_FAILED && i < hosts.count; i++) {
		struct remote *remote = hosts.all[i];

		if (remote_state(remote) != REMOTE_AWAY)
			continue;
		msg_error("cannot reach the host %s: %s", remote_name(remote), remote_why(remote));
		status = STATUS_NO_HOST;
	}
	hosts.reached = status;
	return status;
}
