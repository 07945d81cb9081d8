// SPDX-License-Identifier: GPL-2.0-only
#include "guests/guests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "source/ports.h"
#include "source/source_port.h"
#include "source/words.h"
#include "remote/hosts.h"
#include "remote/source_remote.h"

enum status guests_no_module(int err)
{
	char path[PORT_PATH_SIZE];

	port_path(-1, path);
	if (err == EACCES || err == EPERM) {
		msg_error("cannot open %s: %s", path, strerror(err));
		msg_more("By default every user may open it: see 'ls -l %s'.", path);
		return STATUS_PERMISSION;
	}
	if (err != ENOENT && err != ENODEV && err != ENXIO && err != ENOTDIR) {
		msg_error("cannot open %s: %s", path, strerror(err));
		return STATUS_FAILED;
	}
	msg_error("no %s: the kernel module kpl011 is not loaded", path);
	if (access("/dev/kvm", F_OK))
		msg_more(
			"Nor is there a /dev/kvm: this machine cannot run KVM guests, or its KVM is switched off.");
	else
		msg_more("Load it: modprobe kpl011");
	return STATUS_NO_MODULE;
}

static void say_unread(uint32_t id, int err, void *arg)
{
	char path[PORT_PATH_SIZE];

	(void)arg;
	msg_error("cannot read %s: %s", port_path(id, path), strerror(-err));
}

static int look(struct guests *guests, bool says)
{
	struct ports ports;
	int err = ports_look(&ports, says ? say_unread : NULL, NULL);

	*guests = (struct guests){
		.all = ports.all,
		.count = ports.count,
		.hidden = ports.hidden,
	};
	return err;
}

int guests_look(struct guests *guests)
{
	return look(guests, false);
}

static enum status scan_local(struct guests *guests, bool says)
{
	int err = look(guests, says);

	if (!err)
		return STATUS_OK;
	if (!says)
		return STATUS_FAILED;
	if (err == -ENOENT || err == -ENOTDIR)
		return guests_no_module(ENOENT);
	msg_error("cannot read %s: %s", port_dir(), strerror(-err));
	return err == -EACCES ? STATUS_PERMISSION : STATUS_FAILED;
}

static bool add_remote(struct guests *guests, const struct roster *roster)
{
	size_t count = roster->count;
	struct source_facts *all;

	all = reallocarray(guests->all, guests->count + count + 1, sizeof(*all));
	if (!all)
		return false;
	guests->all = all;
	for (size_t i = 0; i < count; i++)
		all[guests->count++] = roster->all[i];
	guests->hidden += roster->hidden;
	return true;
}

static void say_ports_error(const struct remote *remote, int err)
{
	if (err == -ENOENT || err == -ENOTDIR) {
		msg_error("%s: the kernel module kpl011 is not loaded there", remote_name(remote));
		msg_more("Load it there: modprobe kpl011");
	} else {
		msg_error("%s: cannot look for ports there: %s", remote_name(remote),
			  strerror(-err));
	}
}

static enum status scan_remotes(struct guests *guests, bool says)
{
	for (size_t i = 0; i < hosts_count(); i++) {
		const struct remote *remote = hosts_at(i);
		const struct roster *roster = remote_roster(remote);

		guests->unreached += remote_state(remote) != REMOTE_HERE;
		guests->without +=
			roster->ports_error == -ENOENT || roster->ports_error == -ENOTDIR;
		if (roster->ports_error && says)
			say_ports_error(remote, roster->ports_error);
		if (!add_remote(guests, roster)) {
			msg_error("out of memory");
			return STATUS_FAILED;
		}
	}
	return STATUS_OK;
}

static enum status scan(struct guests *guests, bool says)
{
	enum status status = STATUS_OK;

	*guests = (struct guests){ 0 };
	if (hosts_local())
		status = scan_local(guests, says);
	/* hosts_connect() has printed which hosts it could not reach; the others are shown. */
	if (!status && hosts_connect() == STATUS_FAILED)
		status = STATUS_FAILED;
	if (!status)
		status = scan_remotes(guests, says);
	if (!status && hosts_count() && guests->unreached == hosts_count() && !hosts_local())
		status = STATUS_NO_HOST;
	/* The same status as without the module on this machine. */
	if (!status && hosts_count() && guests->without + guests->unreached == hosts_count() &&
	    guests->without && !hosts_local())
		status = STATUS_NO_MODULE;
	if (status)
		guests_free(guests);
	return status;
}

enum status guests_scan(struct guests *guests)
{
	return scan(guests, true);
}

enum status guests_scan_again(struct guests *guests)
{
	return scan(guests, false);
}

void guests_free(struct guests *guests)
{
	free(guests->all);
	*guests = (struct guests){ 0 };
}

const char *guests_label(const struct source_facts *facts, char label[SOURCE_NAME_SIZE])
{
	const char *host = facts_host(facts);
	int n = 0;

	/* Host and name are cut to what fits. */
	if (hosts_many())
		n = snprintf(label, SOURCE_NAME_SIZE / 2, "%.*s/", SOURCE_NAME_SIZE / 2 - 2, host);
	if (facts->name[0])
		snprintf(label + n, (size_t)(SOURCE_NAME_SIZE - n), "%.*s",
			 SOURCE_NAME_SIZE - 1 - n, facts->name);
	else
		snprintf(label + n, (size_t)(SOURCE_NAME_SIZE - n), "port %u", facts->id);
	return label;
}

const char *guests_number(const struct source_facts *facts, char out[SOURCE_NAME_SIZE + 16])
{
	if (hosts_many())
		snprintf(out, SOURCE_NAME_SIZE + 16, "%.63s/%u", facts_host(facts), facts->id);
	else
		snprintf(out, SOURCE_NAME_SIZE + 16, "%u", facts->id);
	return out;
}

enum status guests_say_failed(const char *what, const struct source_facts *facts, int err)
{
	enum status status = STATUS_FAILED;
	const char *why = strerror(-err);
	char label[SOURCE_NAME_SIZE];

	switch (err) {
	case -ENODEV:
		why = facts->live ? "it is not attached any more" : "its VM is gone";
		if (facts->state == SOURCE_DETACHED)
			why = "it was detached";
		status = STATUS_GONE;
		break;
	case -ENOENT:
	case -ENXIO:
		why = "it was reaped";
		status = STATUS_NO_GUEST;
		break;
	case -ENOTTY:
	case -E2BIG:
		why = "the module is older than this program";
		status = STATUS_NO_MODULE;
		break;
	case -EACCES:
	case -EPERM:
		status = STATUS_PERMISSION;
		break;
	}
	msg_error("cannot %s %s (port %u): %s", what, guests_label(facts, label), facts->id, why);
	return status;
}

static enum status say_open_failed(const struct source_facts *facts, int err)
{
	char label[SOURCE_NAME_SIZE];
	char path[PORT_PATH_SIZE];

	guests_label(facts, label);
	if (facts->host)
		msg_error("cannot open port %u of host %s, the port of %s: %s", facts->id,
			  facts->host, label, strerror(-err));
	else
		msg_error("cannot open %s, the port of %s: %s", port_path(facts->id, path), label,
			  strerror(-err));
	switch (-err) {
	case EACCES:
	case EPERM:
		return STATUS_PERMISSION;
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return STATUS_NO_GUEST;
	default:
		return STATUS_FAILED;
	}
}

static int open_source(const struct source_facts *facts, bool writable, struct source **src)
{
	if (!facts->host)
		return port_open(facts->id, writable, src);
	return remote_source(hosts_find(facts->host), facts->id, facts->life, writable, src);
}

enum status guests_open(struct source_facts *facts, bool writable, struct source **src)
{
	char label[SOURCE_NAME_SIZE];
	int err;

	if (writable && !facts->live) {
		guests_label(facts, label);
		if (facts->state == SOURCE_DETACHED)
			msg_error("%s (port %u) was detached: nothing can be sent", label,
				  facts->id);
		else
			msg_error("the VM of %s (port %u) is gone: nothing can be sent", label,
				  facts->id);
		msg_more("Its last output: kpl011 log %u", facts->id);
		return STATUS_GONE;
	}
	err = open_source(facts, writable, src);
	if (!err) {
		err = source_facts(*src, facts);
		if (!err)
			return STATUS_OK;
		source_close(*src);
	}
	return say_open_failed(facts, err);
}
