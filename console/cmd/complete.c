// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/complete.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/msg.h"
#include "guests/guests.h"
#include "guests/vmfind.h"
#include "remote/hosts.h"
#include "source/origin.h"
#include "source/words.h"

/* How long the user waits for the hosts, unless KPL011_HOST_TIMEOUT says otherwise. */
#define HOSTS_MS 3000

/* What is typed before the command. */
struct front {
	char hosts[1024]; /* of --host; empty: none */
	bool ssh;	  /* --ssh is given, whose command must not run before the line does */
};

/* Bytes of a guest's word, with its host. */
#define WORD_SIZE 256

/* An option of a command, as in its help: "  -n, --lines N   begin ...". */
struct option_row {
	char name[32]; /* with its dashes */
	char brief[4]; /* the short option, or empty */
	char arg[32];  /* its argument, or empty */
	char text[80]; /* what it does, as far as the first line says */
};

static void offer(const char *begun, const char *word, const char *what)
{
	if (!strncmp(word, begun, strlen(begun)))
		printf("%s\t%s\n", word, what);
}

/* Copies the text up to one of @ends, and returns the rest. */
static const char *word_of(const char *p, const char *ends, char *dst, size_t size)
{
	size_t len = strcspn(p, ends);

	snprintf(dst, size, "%.*s", (int)len, p);
	return p + len;
}

/* Copies an option's argument: "=...", or a word in capitals after one blank. Returns the rest. */
static const char *argument_of(const char *p, char *dst, size_t size)
{
	if (*p == '=' || !strncmp(p, "[=", 2))
		return word_of(p, " \n,", dst, size);
	if (*p == ' ' && isupper((unsigned char)p[1]))
		return word_of(p + 1, " \n,", dst, size);
	return p;
}

/* Finds the next row at or after @help; one line may have two. Returns the rest, or NULL. */
static const char *next_row(const char *help, struct option_row *row)
{
	const char *p = help;

	*row = (struct option_row){ .brief = "" };
	for (;;) {
		/* A line of options begins with two blanks or more, and a dash. */
		while (*p == ' ')
			p++;
		if (p[0] == '-' && p[1] != '-' && p[2] == ',') {
			word_of(p, ",", row->brief, sizeof(row->brief));
			p += 3;
			continue;
		}
		if (!strncmp(p, "-, ", 3)) {
			p += 3;
			continue;
		}
		if (!strncmp(p, "--", 2) && islower((unsigned char)p[2]))
			break;
		p = strchr(p, '\n');
		if (!p)
			return NULL;
		p++;
	}
	p = word_of(p, " =[,\n", row->name, sizeof(row->name));
	p = argument_of(p, row->arg, sizeof(row->arg));
	if (*p == ',')
		return p + 1;
	p += strspn(p, " ");
	return word_of(p, "\n", row->text, sizeof(row->text));
}

/* Finds the row of an option that was typed. */
static bool find_option(const struct cmd *cmd, const char *word, struct option_row *row)
{
	const char *p = cmd->help;

	while ((p = next_row(p, row)))
		if (!strcmp(word, row->name) || (row->brief[0] && !strcmp(word, row->brief)))
			return true;
	return false;
}

static void offer_options(const struct cmd *cmd, const char *begun)
{
	const char *p = cmd->help;
	struct option_row row;

	while ((p = next_row(p, &row)))
		offer(begun, row.name, row.text);
	offer(begun, "--help", "what the command takes");
}

/* The guest's name if no other guest has it, else its number; with several hosts A/NAME. */
static const char *word_for(const struct guests *guests, size_t index, char word[WORD_SIZE])
{
	const struct source_facts *facts = &guests->all[index];
	const char *name = facts->name;
	/* A word that has an @ in it is a name and a user. */
	bool plain = name[0] && name[strspn(name, "0123456789")] && !strpbrk(name, ":@") &&
		     name[0] != '-';
	char number[SOURCE_NAME_SIZE + 16];

	for (size_t i = 0; i < guests->count && plain; i++)
		plain = i == index || strcmp(guests->all[i].name, name) ||
			strcmp(facts_host(&guests->all[i]), facts_host(facts));
	if (!plain)
		snprintf(word, WORD_SIZE, "%s", guests_number(facts, number));
	else if (hosts_many())
		snprintf(word, WORD_SIZE, "%s/%s", facts_host(facts), name);
	else
		snprintf(word, WORD_SIZE, "%s", name);
	return word;
}

static bool takes_sources(const struct cmd *cmd)
{
	static const char *const takers[] = { "console", "expect", "log", "pty",
					      "record",	 "screen", "send" };

	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
		if (!strcmp(cmd->name, takers[i]))
			return true;
	return false;
}

/* Whether a word begins with the kind of a source that has a path. */
static bool begins_path(const char *word)
{
	for (int kind = ORIGIN_UNIX; kind < ORIGIN_REMOTE; kind++) {
		const char *name = origin_kind_name((enum origin_kind)kind);
		size_t len = strlen(name);

		if (kind != ORIGIN_TCP && kind != ORIGIN_TELNET && !strncmp(word, name, len) &&
		    (!word[len] || word[len] == ':'))
			return true;
	}
	return false;
}

/* Offers the kinds of sources, if something was typed. */
static void offer_sources(const char *begun)
{
	for (int kind = ORIGIN_UNIX; kind < ORIGIN_REMOTE && begun[0]; kind++) {
		char word[16];

		snprintf(word, sizeof(word), "%s:", origin_kind_name((enum origin_kind)kind));
		offer(begun, word, "a console that is not a port");
	}
}

/* Offers files for the path of a source, as "file:/var/l", which bash splits into three words. */
static bool offer_path(const struct cmd *cmd, char *const *words, int n)
{
	bool split = n > 2 && !strcmp(words[n - 2], ":") && begins_path(words[n - 3]);
	bool whole = strchr(words[n - 1], ':') && begins_path(words[n - 1]);
	bool colon = n > 1 && !strcmp(words[n - 1], ":") && begins_path(words[n - 2]);

	if (!takes_sources(cmd) || !(split || whole || colon))
		return false;
	printf(":files\n");
	return true;
}

/* Connects to the hosts as the command would. False: their guests are not known. */
static bool connect_hosts(const struct cmd *cmd, const struct front *front)
{
	const char *always = getenv("KPL011_HOSTS");
	const char *list = front->hosts[0] ? front->hosts : always;
	const char *seconds = getenv("KPL011_HOST_TIMEOUT");
	uint64_t ms = HOSTS_MS;

	if (!list || !*list || (!front->hosts[0] && cmd->hosts == CMD_LOCAL))
		return true;
	if (front->ssh || hosts_add(list))
		return false;
	if (seconds)
		human_parse_seconds(seconds, &ms);
	hosts_limit(ms);
	return hosts_connect_for(ms) != STATUS_FAILED;
}

static void offer_guests(const struct cmd *cmd, const struct front *front, const char *begun)
{
	struct guests guests;
	char word[WORD_SIZE];

	if (takes_sources(cmd))
		offer_sources(begun);
	if (!connect_hosts(cmd, front) || guests_scan(&guests))
		return;
	for (size_t i = 0; i < guests.count; i++) {
		const struct source_facts *facts = &guests.all[i];
		char name[SOURCE_NAME_SIZE];
		char what[SOURCE_NAME_SIZE + 32];

		/* A live one cannot be reaped. */
		if (facts->live && !strcmp(cmd->name, "reap"))
			continue;
		msg_clean(name, sizeof(name), facts->name);
		snprintf(what, sizeof(what), "%s, port %u %s", facts_state(facts), facts->id, name);
		offer(begun, word_for(&guests, i, word), what);
	}
	guests_free(&guests);
}

static int offer_vm(pid_t pid, void *arg)
{
	struct vm_process process;
	char name[VM_NAME_SIZE];
	char number[16];

	if (vmfind_has_vm(pid) != 1 || vmfind_process(pid, &process))
		return 0;
	msg_clean(name, sizeof(name), process.name);
	snprintf(number, sizeof(number), "%d", (int)pid);
	offer(arg, process.named && !strcmp(name, process.name) ? name : number, "a running VM");
	return 0;
}

/* What the usage line has at a place, as "GUEST"; empty: nothing. */
static void place(const char *args, int index, char kind[64])
{
	const char *p = args;
	int depth;

	kind[0] = '\0';
	while (*p) {
		char word[64];

		p += strspn(p, " ");
		if (p[0] == '[' && p[1] == '-') {
			/* Options, whose brackets may be nested. */
			depth = 0;
			do {
				depth += (*p == '[') - (*p == ']');
				p++;
			} while (*p && depth);
			continue;
		}
		p = word_of(p, " ", word, sizeof(word));
		if (!strcmp(word, "|") || !word[0])
			return;
		if (!strcmp(word, "--") || !strcmp(word, "[OPTIONS]"))
			continue;
		strcpy(kind, word);
		if (!index-- || strstr(word, "..."))
			return;
	}
	if (index >= 0)
		kind[0] = '\0';
}

/* Offers literal words, as in "save|restore". */
static void offer_words(const char *kind, const char *begun)
{
	char word[64];

	while (*kind) {
		kind = word_of(kind, "|", word, sizeof(word));
		kind += *kind == '|';
		offer(begun, word, "");
	}
}

static void offer_place(const struct cmd *cmd, const struct front *front, int index,
			const char *begun)
{
	char kind[64];

	place(cmd->args, index, kind);
	if (strstr(kind, "SOURCE"))
		offer_sources(begun);
	if (strstr(kind, "GUEST"))
		offer_guests(cmd, front, begun);
	else if (!strcmp(kind, "PID|NAME") && !front->hosts[0])
		vmfind_each(offer_vm, (void *)begun);
	else if (strstr(kind, "FILE") || strstr(kind, "QEMU") || strstr(kind, "SOURCE"))
		printf(":files\n");
	else if (islower((unsigned char)kind[0]))
		offer_words(kind, begun);
}

static bool is_file(const char *arg)
{
	return !strcmp(arg, "FILE") || !strcmp(arg, "F") || !strcmp(arg, "PATH") ||
	       !strcmp(arg, "SOCKET") || !strcmp(arg, "DIR");
}

static void complete_command(const struct cmd *cmd, const struct front *front, char *const *words,
			     int n)
{
	bool runs = strstr(cmd->args, " -- ");
	const char *begun = words[n - 1];
	struct option_row row;
	bool options = true;
	int index = 0;

	for (int i = 0; i < n - 1; i++) {
		if (!options || words[i][0] != '-' || !words[i][1]) {
			index++;
			/* The rest is the command line of another program. */
			options &= !runs;
		} else if (!strcmp(words[i], "--")) {
			options = false;
		} else if (find_option(cmd, words[i], &row) && row.arg[0] && row.arg[0] != '=' &&
			   row.arg[0] != '[') {
			if (i++ < n - 2)
				continue;
			if (is_file(row.arg))
				printf(":files\n");
			return;
		}
	}
	if (options && begun[0] == '-')
		offer_options(cmd, begun);
	else if (runs && index)
		printf(":files\n");
	else if (!offer_path(cmd, words, n))
		offer_place(cmd, front, index, begun);
}

/* Whether bash has split one word here: it makes three of me@b, and of --host=b. */
static bool belong_together(const char *word, const char *next)
{
	static const char breaks[] = "@:=";

	return (word[0] && strchr(breaks, word[strlen(word) - 1])) ||
	       (next[0] && strchr(breaks, next[0]));
}

/* Joins the words, from @words[0] on, of one option's value. Returns their number. */
static int take_value(char *const *words, int n, char *value, size_t size)
{
	size_t len = 0;
	int i = 0;

	do {
		len += strlen(words[i]);
		if (len >= size)
			return n;
		strcat(value, words[i++]);
	} while (i < n && belong_together(words[i - 1], words[i]));
	return i;
}

/*
 * Parses the options before the command. Returns how many words they are; @n: the last word, which
 * is being typed, is one of them.
 */
static int pass_front(char *const *words, int n, struct front *front)
{
	int i = 0;

	*front = (struct front){ .ssh = false };
	while (i < n) {
		size_t len = strcspn(words[i], "=");
		bool is_host = len == 6 && !strncmp(words[i], "--host", len);
		char value[sizeof(front->hosts)] = "";
		bool inside = words[i][len];

		if (!is_host && (len != 5 || strncmp(words[i], "--ssh", len)))
			return i;
		if (i == n - 1 && !inside)
			return i;
		i += !inside;
		i += take_value(words + i, n - i, value, sizeof(value));
		front->ssh |= !is_host;
		/* A list of hosts may itself have a '=', after a name. */
		if (is_host)
			strcpy(front->hosts, value + (inside ? len + 1 : value[0] == '='));
	}
	return n;
}

int complete_print(const struct cmd *const *commands, size_t count, char *const *words, int n)
{
	struct front front;
	int passed = pass_front(words, n, &front);

	words += passed;
	n -= passed;
	for (size_t i = 0; i < count && n; i++) {
		if (front.hosts[0] && commands[i]->hosts == CMD_LOCAL)
			continue;
		if (n == 1)
			offer(words[0], commands[i]->name, commands[i]->summary);
		else if (!strcmp(words[0], commands[i]->name))
			complete_command(commands[i], &front, words + 1, n - 1);
	}
	if (n == 1) {
		offer(words[0], "--host", "the guests of other hosts, over ssh");
		offer(words[0], "--ssh", "a command in place of ssh");
	}
	if (n == 1 && !passed) {
		offer(words[0], "--help", "commands");
		offer(words[0], "--version", "the version");
	}
	hosts_free();
	return cmd_flush(STATUS_OK);
}
