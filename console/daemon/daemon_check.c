// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/users.h"
#include "daemon/alertrules.h"
#include "daemon/daemon.h"
#include "daemon/decide.h"
#include "guests/attach.h"
#include "guests/guests.h"
#include "guests/vmfind.h"
#include "source/source_port.h"
#include "source/words.h"

static void print_decision(const struct policy *policy, const struct policy_decision *decision)
{
	char names[ALERTS_MAX * ALERTRULES_NAME_SIZE];
	char text[POLICY_TEXT_SIZE];

	for (int i = 0; i < POLICY_SETTINGS; i++) {
		enum policy_setting setting = (enum policy_setting)i;

		printf("%s%s %s", i ? ", " : "  ", policy_name(setting),
		       policy_text(setting, decision->value[i], text));
	}
	printf(", alert %s\n",
	       alertrules_names(policy->alerts, decision->alerts, names, sizeof(names)));
}

struct check {
	struct policy policy;
	size_t shown;
};

static int check_process(pid_t pid, void *arg)
{
	struct check *check = arg;
	struct policy_decision decision;
	char name[SOURCE_NAME_SIZE];
	struct attach_options opts;
	struct vm_process process;
	char user[USER_NAME_SIZE];

	attach_defaults(&opts);
	if (vmfind_has_vm(pid) != 1 || vmfind_process(pid, &process) ||
	    attach_name(pid, &opts, name))
		return 0;
	decide_process(&check->policy, pid, name, process.uid, &decision);
	printf("%s: process %d of user %s\n", name, (int)pid, user_name(process.uid, user));
	print_decision(&check->policy, &decision);
	check->shown++;
	return 0;
}

static enum status check_ports(struct check *check)
{
	struct policy_decision decision;
	char label[SOURCE_NAME_SIZE];
	char user[USER_NAME_SIZE];
	struct decide_seen seen = { 0 };
	struct guests guests;
	enum status status;

	if (access(port_dir(), F_OK))
		return STATUS_OK;
	status = guests_scan(&guests);
	if (status)
		return status;
	for (size_t i = 0; i < guests.count; i++) {
		const struct source_facts *facts = &guests.all[i];

		decide_port(&check->policy, facts, facts->live ? facts->pid : 0, &seen, &decision);
		decide_forget(&seen);
		printf("%s: port %u of user %s, %s\n", guests_label(facts, label), facts->id,
		       user_name(facts->uid, user), facts_state(facts));
		print_decision(&check->policy, &decision);
		check->shown++;
	}
	guests_free(&guests);
	return STATUS_OK;
}

enum status daemon_check(const struct daemon_options *options)
{
	struct check check = { 0 };
	enum status status = decide_load(options->config, &check.policy);
	enum status looked;
	int err;

	if (status)
		return status;
	if (decide_say_never(options->config, &check.policy))
		status = STATUS_FAILED;
	err = vmfind_each(check_process, &check);
	if (err) {
		msg_error("cannot look for running VMs in /proc: %s", strerror(-err));
		status = STATUS_FAILED;
	}
	looked = check_ports(&check);
	if (looked)
		status = looked;
	if (!check.shown && !err && !looked)
		printf("the policy was read; there is no VM and no port to apply it to\n");
	policy_free(&check.policy);
	return status;
}
