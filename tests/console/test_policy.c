// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <unistd.h>

#include "daemon/alertrules.h"
#include "daemon/policy.h"

#ifndef EXAMPLE
#error "EXAMPLE: the path of docs/examples/kpl011.conf"
#endif

struct told {
	size_t count;
	size_t line;
	char why[512];
};

static void tell(size_t line, const char *why, void *arg)
{
	struct told *told = arg;

	told->count++;
	told->line = line;
	snprintf(told->why, sizeof(told->why), "%s", why);
}

static int parse(struct policy *policy, const char *text, struct told *told)
{
	*told = (struct told){ 0 };
	policy_init(policy);
	return policy_parse(policy, text, strlen(text), tell, told);
}

static void test_the_example_is_the_defaults(void **state)
{
	struct policy_guest guest = { .name = "web1", .user = "nobody", .uid = 1, .command = "x" };
	struct policy_decision defaults;
	struct policy_decision decision;
	struct policy example;
	struct policy policy;

	(void)state;
	policy_init(&policy);
	policy_init(&example);
	assert_int_equal(policy_read(&example, EXAMPLE), 0);
	policy_decide(&policy, &guest, &defaults);
	policy_decide(&example, &guest, &decision);
	for (int i = 0; i < POLICY_SETTINGS; i++)
		assert_int_equal(decision.value[i], defaults.value[i]);
	assert_memory_equal(example.limits, policy.limits, sizeof(policy.limits));
	assert_int_equal(decision.alerts, defaults.alerts);
	assert_string_equal(example.journal, policy.journal);
	policy_free(&example);
	policy_free(&policy);
}

static const char rules[] = "[daemon]\nbudget = 1T\n"
			    "[defaults]\nkeep-files = 5\nlog = none\n"
			    "[guest web*]\nlog = raw, clean journal\nkeep-files = all\n"
			    "[guest *]\nuser = al*\nkeep-files = 7\n"
			    "[guest *]\nuser = 1001\nrotate-age = 2d\n"
			    "[guest *]\ncommand = * -m 4G*\ngpa = 0x9040000\n"
			    "[guest *]\naddress = 0x9040000\nstrict = yes\n"
			    "[guest *]\nunit = machine-qemu*.scope\nkeep-files = 11\n"
			    "[guest *]\ncgroup = /user.slice/*\nkeep-files = 12\n"
			    "[guest *]\nuuid = c7a5*\nuser = libvirt-qemu\nkeep-files = 13\n"
			    "[guest web9]\nkeep-files = 9\n";

static void test_later_sections_win(void **state)
{
	static const struct {
		struct policy_guest guest;
		uint64_t log;
		uint64_t files;
		uint64_t age;
		uint64_t strict;
	} cases[] = {
		{ { .name = "db" }, 0, 5, 0, 0 },
		{ { .name = "web1" }, 7, 0, 0, 0 },
		{ { .name = "web1", .user = "alice", .uid = 7 }, 7, 7, 0, 0 },
		{ { .name = "web9", .user = "alice", .uid = 7 }, 7, 9, 0, 0 },
		{ { .name = "db", .user = "bob", .uid = 1001 }, 0, 5, 172800, 0 },
		{ { .name = "db", .command = "qemu -m 4G -smp 2" }, 0, 5, 0, 1 },
		{ { .name = "db", .command = "qemu -m 4G", .gpa = 0x9000000 }, 0, 5, 0, 0 },
		{ { .name = "db", .gpa = 0x9040000 }, 0, 5, 0, 1 },
		{ { .name = "db", .unit = "machine-qemu-1.scope" }, 0, 11, 0, 0 },
		{ { .name = "db", .unit = "vm@db.service" }, 0, 5, 0, 0 },
		{ { .name = "db", .cgroup = "/user.slice/machine-qemu-1.scope" }, 0, 12, 0, 0 },
		{ { .name = "db", .cgroup = "/machine.slice/user.slice/x" }, 0, 5, 0, 0 },
		{ { .name = "db", .uuid = "c7a5fdbd" }, 0, 5, 0, 0 },
		{ { .name = "db", .uuid = "c7a5fdbd", .user = "libvirt-qemu", .uid = 9 },
		  0,
		  13,
		  0,
		  0 },
	};
	struct policy_decision decision;
	struct policy policy;
	struct told told;

	(void)state;
	assert_int_equal(parse(&policy, rules, &told), 0);
	assert_int_equal(policy.limits[POLICY_BUDGET], (uint64_t)1 << 40);
	for (size_t i = 0; i < ROWS(cases); i++) {
		policy_decide(&policy, &cases[i].guest, &decision);
		assert_int_equal(decision.value[POLICY_LOG], cases[i].log);
		assert_int_equal(decision.value[POLICY_KEEP_FILES], cases[i].files);
		assert_int_equal(decision.value[POLICY_ROTATE_AGE], cases[i].age);
		assert_int_equal(decision.value[POLICY_STRICT], cases[i].strict);
	}
	policy_free(&policy);
}

static void test_owners_have_limits_of_their_own(void **state)
{
	uint64_t limits[POLICY_LIMITS];
	struct policy policy;
	struct told told;

	(void)state;
	assert_int_equal(parse(&policy,
			       "[daemon]\nfiles = 500\nguests = all\n"
			       "[owner *]\nbudget = 2G\nfiles = 100\n"
			       "[guest web*]\nlog = raw\n"
			       "[owner ci-*]\nbudget = never\nguests = 10\n"
			       "[owner 1001]\nfiles = 50\n",
			       &told),
			 0);
	assert_int_equal(policy.limits[POLICY_BUDGET], (uint64_t)4 << 30);
	assert_int_equal(policy.limits[POLICY_FILES], 500);
	assert_int_equal(policy.limits[POLICY_GUESTS], 0);
	policy_owner_limits(&policy, 7, "alice", limits);
	assert_int_equal(limits[POLICY_BUDGET], (uint64_t)2 << 30);
	assert_int_equal(limits[POLICY_FILES], 100);
	assert_int_equal(limits[POLICY_GUESTS], 0);
	policy_owner_limits(&policy, 1001, "ci-1", limits);
	assert_int_equal(limits[POLICY_BUDGET], 0);
	assert_int_equal(limits[POLICY_FILES], 50);
	assert_int_equal(limits[POLICY_GUESTS], 10);
	policy_free(&policy);
}

static void test_each_wrong_line_is_told(void **state)
{
	static const struct {
		const char *text;
		size_t line;
		const char *why;
	} cases[] = {
		{ "log = raw\n", 1, "'log' is in no section" },
		{ "\n[defaults]\nlog = none raw\n", 3, "log is 'none raw'" },
		{ "[defaults]\nlog =\n", 2, "log is ''" },
		{ "[defaults]\n  log = no", 2, "log is 'no'" },
		{ "[defaults]\nintid = 31\n", 2, "intid is '31'" },
		{ "[defaults]\ngpa = 0x9000001\n", 2, "gpa is '0x9000001'" },
		{ "[defaults]\nhistory = 32M\n", 2, "history is '32M'" },
		{ "[defaults]\nrotate-size = 1k\n", 2,
		  "rotate-size is '1k': it is a size like 64M or 2G, at least 64k, or never" },
		{ "[defaults]\nkeep-age = 5\n", 2, "keep-age is '5'" },
		{ "[guest a]\nuser =\n", 2, "user has no pattern" },
		{ "[guest a]\naddress = here\n", 2, "address is 'here'" },
		{ "[guest ]\n", 1, "there is no section [guest ]" },
		{ "[daemon]\nlog = raw\n", 2, "[daemon] has no setting 'log'" },
		{ "[daemon]\nbudget = 5\n", 2, "budget is '5'" },
		{ "[daemon]\nfiles = 5\n", 2, "files is '5': it is a number, at least 10" },
		{ "[owner x]\nlog = raw\n", 2, "owners have no setting 'log'" },
		{ "[owner x]\nguests = many\n", 2, "guests is 'many'" },
		{ "[owner ]\n", 1, "there is no section [owner ]" },
		{ "[defaults\nlog = raw\n", 1, "the section has no ']'" },
		{ "[defaults]\nlog\n", 2, "it is neither" },
		{ "[defaults]\nlog = raw ;clean\n", 2, "log would be cut to 'raw'" },
		{ "[defaults]\nlog = raw ;\n", 2, "log would be cut to 'raw'" },
		{ "[defaults]\nlog = ; none\n", 2, "log has nothing but a comment" },
		{ "\n[guest a]b]\nlog = raw\n", 2,
		  "there is something after the ']' that closes the section [guest a]" },
		{ "[guest a] log = raw\n", 1, "there is something after the ']'" },
		{ "[guest a];b\n", 1, "there is something after the ']'" },
		{ "[daemon] x\n", 1, "there is something after the ']'" },
		{ "[daemon x]\n", 1, "there is no section [daemon x]" },
		{ "[guest web[0-9]\n", 1, "the section has no ']' of its own" },
		{ "[owner ci[0-9]\n", 1, "the section has no ']' of its own" },
		{ "[defaults]\nkeep-files = 0\n", 2,
		  "keep-files is '0': it is a number, at least 1, or all" },
		{ "[defaults]\nkeep-size = 0\n", 2,
		  "keep-size is '0': it is a size like 64M or 2G, or never" },
		{ "[defaults]\ngpa = 0x10000000000000\n", 2, "gpa is '0x10000000000000'" },
		{ "[guest a]\naddress = 0x9000001\n", 2, "address is '0x9000001'" },
		{ "[daemon]\nmetrics = /tmp/foo.txt\n", 2,
		  "metrics is '/tmp/foo.txt': it is the path of a file that ends with .prom" },
		{ "[daemon]\nmetrics = /tmp/\n", 2, "metrics is '/tmp/'" },
		{ "[daemon]\nmetrics = /tmp/x.prom/\n", 2, "metrics is '/tmp/x.prom/'" },
		{ "[daemon]\nmetrics = /tmp/.prom\n", 2, "metrics is '/tmp/.prom'" },
		{ "[daemon]\njournal-socket = /run/\n", 2, "journal-socket is '/run/'" },
		{ "[daemon]\njournal-socket = /"
		  "0123456789012345678901234567890123456789012345678901234567890123456789"
		  "0123456789012345678901234567890123456\n",
		  2, "journal-socket is '/0123456789" },
		{ "[alert x]\npattern = x\ncommand = /usr/bin/ x\n", 3,
		  "command is '/usr/bin/ x': that is a directory" },
	};
	struct policy policy;
	struct told told;
	size_t count;

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		assert_int_equal(parse(&policy, cases[i].text, &told), -EINVAL);
		assert_int_equal(told.count, 1);
		assert_int_equal(told.line, cases[i].line);
		assert_memory_equal(told.why, cases[i].why, strlen(cases[i].why));
		policy_free(&policy);
	}
	/* A byte that is 0 ends no line. */
	told = (struct told){ 0 };
	policy_init(&policy);
	assert_int_equal(policy_parse(&policy, "[defaults]\nlog = \0raw\n", 22, tell, &told),
			 -EINVAL);
	assert_int_equal(told.line, 2);
	policy_free(&policy);
	/* Without the newline at its end, with comments and CR. */
	assert_int_equal(
		parse(&policy, "# x\r\n[defaults] ; y\r\nlog = raw ; z\r\nattach = no", &told), 0);
	count = policy.count;
	assert_int_equal(count, 1);
	policy_free(&policy);
	/* As some editors begin a file. */
	assert_int_equal(parse(&policy, "\xef\xbb\xbf[daemon]\nbudget = 1M\n", &told), 0);
	assert_int_equal(policy.limits[POLICY_BUDGET], 1 << 20);
	policy_free(&policy);
	/* Each of them. */
	assert_int_equal(parse(&policy, "[defaults]\nlog\nattach\n", &told), -EINVAL);
	assert_int_equal(told.count, 2);
	policy_free(&policy);
}

static void test_brackets_of_a_pattern_do_not_close_a_section(void **state)
{
	static const struct {
		const char *section;
		const char *name;
		bool matches;
	} cases[] = {
		{ "[guest web[0-9]]", "web1", true },
		{ "[guest web[0-9]]", "webx", false },
		{ "[guest web[0-9]] ; of [some]", "web1", true },
		{ "[guest web[0-9]*] # of [some]", "web12", true },
		{ "[guest db[!12]]\r", "db3", true },
		{ "[guest db[!12]]", "db1", false },
		{ "[guest db[]a]]", "db]", true },
		{ "[guest db[^]a]x]", "dbcx", true },
		{ "[guest db[[:digit:]x]]", "db7", true },
		{ "[guest db[\\]]]", "db]", true },
		{ "[guest a\\]b]", "a]b", true },
		{ "[guest a\\[b]", "a[b", true },
		{ "[guest\tweb1 ]", "web1", true },
		{ "[guest web\\ ]", "web ", true },
	};
	struct policy_decision decision;
	uint64_t limits[POLICY_LIMITS];
	struct policy policy;
	struct told told;
	char text[128];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct policy_guest guest = { .name = cases[i].name };

		snprintf(text, sizeof(text), "%s\nlog = clean\n", cases[i].section);
		assert_int_equal(parse(&policy, text, &told), 0);
		policy_decide(&policy, &guest, &decision);
		assert_int_equal(decision.value[POLICY_LOG] == POLICY_LOG_CLEAN, cases[i].matches);
		policy_free(&policy);
	}
	assert_int_equal(parse(&policy, "[owner ci[0-9]]\nbudget = 1M\n", &told), 0);
	policy_owner_limits(&policy, 7, "ci3", limits);
	assert_int_equal(limits[POLICY_BUDGET], 1 << 20);
	policy_owner_limits(&policy, 7, "cix", limits);
	assert_int_equal(limits[POLICY_BUDGET], 0);
	policy_free(&policy);
}

static void test_what_can_never_match_is_told(void **state)
{
	static const struct {
		const char *text;
		size_t line;
		const char *why;
	} cases[] = {
		{ "[guest web[9-0]]\n", 1, "[guest web[9-0]] matches no guest: no character" },
		{ "\n[guest 0123456789012345678901234567890123456789012345678901234567890123]\n", 2,
		  "[guest 0123" },
		{ "[guest a]\nuuid = C7A5*\n", 1, "[guest a] matches no guest, for its uuid" },
		{ "[guest a]\ncgroup = machine.slice/*\n", 1, "[guest a] matches no guest" },
		{ "[guest a]\nunit = machine-qemu\n", 1,
		  "[guest a] matches no guest, for its unit" },
		{ "[guest a]\nunit = /x.service\n", 1, "[guest a] matches no guest, for its unit" },
		{ "[guest a]\nunit = x.slice\n", 1, "[guest a] matches no guest, for its unit" },
		{ "[guest a]\nuser = web\\\n", 1, "[guest a] matches no guest, for its user" },
		{ "[owner ci[9-0]]\nbudget = 1M\n", 1, "[owner ci[9-0]] matches no user" },
	};
	struct policy policy;
	struct told told;

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		assert_int_equal(parse(&policy, cases[i].text, &told), 0);
		assert_int_equal(policy_never(&policy, tell, &told), 1);
		assert_int_equal(told.line, cases[i].line);
		assert_memory_equal(told.why, cases[i].why, strlen(cases[i].why));
		policy_free(&policy);
	}
	assert_int_equal(parse(&policy, rules, &told), 0);
	assert_int_equal(policy_never(&policy, tell, &told), 0);
	policy_free(&policy);
	assert_int_equal(parse(&policy,
			       "[owner *]\nbudget = 1M\n[guest *]\nunit = vm@?eb*\ncgroup = [/]x\n"
			       "[guest x]\nuuid = [[:xdigit:]]*\ncgroup = *\nunit = *.s[ce]*\n",
			       &told),
			 0);
	assert_int_equal(policy_never(&policy, tell, &told), 0);
	policy_free(&policy);
}

static void test_a_value_is_told_as_it_is_written(void **state)
{
	static const struct {
		enum policy_setting setting;
		uint64_t value;
		const char *text;
	} cases[] = {
		{ POLICY_ATTACH, 1, "yes" },
		{ POLICY_GPA, 0x9000000, "0x9000000" },
		{ POLICY_LOG, 0, "none" },
		{ POLICY_LOG, 5, "raw journal" },
		{ POLICY_KEEP_FILES, 0, "all" },
		{ POLICY_ROTATE_SIZE, 64 << 20, "64M" },
		{ POLICY_ROTATE_AGE, 0, "never" },
		{ POLICY_KEEP_AGE, 86400, "1d" },
		{ POLICY_ROTATE_SIZE, 0, "never" },
		{ POLICY_LOG, 3, "raw clean" },
		{ POLICY_LOG, 15, "raw clean json journal" },
		{ POLICY_HISTORY, 1 << 20, "1M" },
		{ POLICY_HISTORY, 4096, "4k" },
		{ POLICY_KEEP_SIZE, 1500001, "1500001" },
		{ POLICY_KEEP_AGE, 5400, "90m" },
		{ POLICY_KEEP_AGE, 90 * 86400, "90d" },
		{ POLICY_KEEP_AGE, 61, "61s" },
	};
	char text[POLICY_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++)
		assert_string_equal(policy_text(cases[i].setting, cases[i].value, text),
				    cases[i].text);
	assert_string_equal(policy_name(POLICY_KEEP_AGE), "keep-age");
}

/* Names that a guest has, and what is known of each. */
static void test_alerts_are_picked_by_name(void **state)
{
	static const char text[] = "[alerts]\nevery = 1m\nquiet = 1h\nafter-time = 9s\n"
				   "[defaults]\nalert = panic oops\n"
				   "[guest web*]\nalert = panic, full\n"
				   "[guest quiet]\nalert = none\n"
				   "[alert full]\npattern = No space left\npriority = crit\n"
				   "command = /bin/page  ops -v\nuser = root\nquiet = 2s\n"
				   "after = 7\nafter-time = 4s\n"
				   "[alert panic]\npriority = emerg\n";
	static const char *const wanted[][2] = { { "web1", "panic full" },
						 { "quiet", "none" },
						 { "db", "panic oops" } };
	struct policy_guest guest = { 0 };
	const struct alertrule *full = NULL;
	struct policy_decision decision;
	struct policy policy;
	struct told told;
	char names[256];

	(void)state;
	assert_int_equal(parse(&policy, text, &told), 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		guest.name = wanted[i][0];
		policy_decide(&policy, &guest, &decision);
		assert_string_equal(
			alertrules_names(policy.alerts, decision.alerts, names, sizeof(names)),
			wanted[i][1]);
	}
	for (size_t i = 0; i < policy.alerts->count; i++)
		if (!strcmp(policy.alerts->all[i].name, "full"))
			full = &policy.alerts->all[i];
	assert_non_null(full);
	assert_int_equal(full->priority, 2);
	assert_int_equal(full->quiet, 2);
	assert_int_equal(full->every, 60);
	assert_int_equal(full->limit, 30);
	assert_int_equal(full->after, 7);
	assert_int_equal(full->after_time, 4);
	assert_string_equal(full->words[0], "/bin/page");
	assert_string_equal(full->words[1], "ops");
	assert_string_equal(full->words[2], "-v");
	assert_null(full->words[3]);
	assert_int_equal(full->run_as.uid, 0);
	assert_string_equal(policy.alerts->all[0].name, "panic");
	assert_int_equal(policy.alerts->all[0].priority, 0);
	assert_non_null(strstr(policy.alerts->all[0].pattern, "Kernel panic"));
	assert_int_equal(policy.alerts->all[0].quiet, 3600);
	/* A panic has a trace; what a guest runs out of has none. */
	assert_int_equal(policy.alerts->all[0].after, 60);
	assert_int_equal(policy.alerts->all[0].after_time, 9);
	assert_string_equal(policy.alerts->all[3].name, "memory");
	assert_int_equal(policy.alerts->all[3].after, 0);
	assert_int_equal(alerts_count(policy.alerts->alerts), policy.alerts->count);
	policy_free(&policy);
}

/* What is said of all holds for those that are built in as well. */
static void test_alerts_wait_for_lines_as_they_are_told(void **state)
{
	static const char text[] = "[alert oops]\nafter = 5\n[alerts]\nafter = none\n";
	struct policy policy;
	struct told told;

	(void)state;
	assert_int_equal(parse(&policy, text, &told), 0);
	assert_int_equal(policy.alerts->all[0].after, 0);
	assert_string_equal(policy.alerts->all[1].name, "oops");
	assert_int_equal(policy.alerts->all[1].after, 5);
	assert_int_equal(policy.alerts->all[1].after_time, 3);
	policy_free(&policy);
}

static const struct alertrule *rule_of(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->alerts->count; i++)
		if (!strcmp(policy->alerts->all[i].name, name))
			return &policy->alerts->all[i];
	fail_msg("no alert %s", name);
	return NULL;
}

static void test_alerts_have_the_command_of_all_but_for_their_own(void **state)
{
	static const char text[] =
		"[alerts]\ncommand = /bin/page all\ntime-limit = 9s\n"
		"[alert oops]\ncommand = none\n"
		"[alert disk]\ncommand = /bin/disk\nuser = root\ntime-limit = 2s\n";
	const struct alertrule *rule;
	struct policy policy;
	struct told told;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(parse(&policy, text, &told), 0);
	rule = rule_of(&policy, "panic");
	assert_string_equal(rule->words[0], "/bin/page");
	assert_string_equal(rule->words[1], "all");
	assert_int_equal(rule->limit, 9);
	/* Nobody, unless somebody is said. */
	assert_string_equal(rule->run_as.name, "nobody");
	assert_int_not_equal(rule->run_as.uid, 0);
	assert_int_not_equal(rule->run_as.gid, 0);
	assert_null(rule_of(&policy, "oops")->command);
	rule = rule_of(&policy, "disk");
	assert_string_equal(rule->words[0], "/bin/disk");
	assert_int_equal(rule->limit, 2);
	assert_string_equal(rule->run_as.name, "root");
	policy_free(&policy);
	assert_int_equal(parse(&policy, "[alerts]\ncommand = /bin/page\nuser = root\n", &told), 0);
	assert_string_equal(rule_of(&policy, "panic")->run_as.name, "root");
	policy_free(&policy);
}

static void test_wrong_alerts_are_told(void **state)
{
	static const struct {
		const char *text;
		size_t line;
		const char *why;
	} cases[] = {
		{ "[defaults]\nalert = nosuch\n", 2, "there is no alert 'nosuch'" },
		{ "[defaults]\nalert = panic a/b\n", 2, "'a/b' is not a name for an alert" },
		{ "[defaults]\nalert = ,\n", 2, "alert is ','" },
		{ "[alert ]\n", 1, "'' is not a name for an alert" },
		{ "[alert none]\n", 1, "'none' is not a name" },
		{ "\n[alert x]\n", 2, "[alert x] has no pattern" },
		{ "[alert x]\npattern = a(\n", 1, "at character 3" },
		{ "[alert x]\ncommand = page ops\n", 2, "command is 'page ops'" },
		{ "[alert x]\ncommand = /a a a a a a a a a a a a a a a a a\n", 2, "words" },
		{ "[alert x]\nevery = 0s\n", 2, "every is '0s'" },
		{ "[alert x]\ntime-limit = 2h\n", 2, "time-limit is '2h'" },
		{ "[alert x]\nafter = 501\n", 2, "after is '501'" },
		{ "[alert x]\nafter = all\n", 2, "after is 'all'" },
		{ "[alert x]\nafter = 0\n", 2, "after is '0'" },
		{ "[alert x]\nafter-time = 61s\n", 2, "after-time is '61s'" },
		{ "[alert x]\npriority = bad\n", 2, "priority is 'bad'" },
		{ "[alert x]\nfoo = bad\n", 2, "alerts have no setting 'foo'" },
		{ "[alerts]\npattern = bad\n", 2, "is for [alert NAME]" },
		{ "[alert panic]\ncommand = /x\nuser = no-such-user\n", 1,
		  "there is no user 'no-such-user'" },
		{ "\n[alerts]\ncommand = /x\nuser = no-such-user\n", 2, "there is no user" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy policy;
		struct told told;

		assert_int_equal(parse(&policy, cases[i].text, &told), -EINVAL);
		assert_int_equal(told.line, cases[i].line);
		assert_non_null(strstr(told.why, cases[i].why));
		policy_free(&policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_is_the_defaults),
		cmocka_unit_test(test_later_sections_win),
		cmocka_unit_test(test_owners_have_limits_of_their_own),
		cmocka_unit_test(test_each_wrong_line_is_told),
		cmocka_unit_test(test_brackets_of_a_pattern_do_not_close_a_section),
		cmocka_unit_test(test_what_can_never_match_is_told),
		cmocka_unit_test(test_a_value_is_told_as_it_is_written),
		cmocka_unit_test(test_alerts_are_picked_by_name),
		cmocka_unit_test(test_alerts_wait_for_lines_as_they_are_told),
		cmocka_unit_test(test_alerts_have_the_command_of_all_but_for_their_own),
		cmocka_unit_test(test_wrong_alerts_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
