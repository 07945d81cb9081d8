// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/kpl011_uart.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "source/facts.h"
#include "source/holder.h"
#include "text/when.h"
#include "trace/regs.h"
#include "source/source_port.h"
#include "source/words.h"
#include "base/users.h"

/* The name of a counter of accesses, or NULL for a reserved offset. */
static const char *reg_name(int i)
{
	switch (i) {
	case PORT_REG_IDS:
		return "ids";
	case PORT_REG_OTHER:
		return "other";
	default:
		return regs_name(4 * (uint32_t)i, false);
	}
}

/* Adds the counters of reserved offsets to PORT_REG_OTHER. */
static void gather(struct port_info *info)
{
	for (int i = 0; i < PORT_REG_OTHER; i++) {
		if (reg_name(i))
			continue;
		info->reads_of[PORT_REG_OTHER] += info->reads_of[i];
		info->writes_of[PORT_REG_OTHER] += info->writes_of[i];
	}
}

static json_t *known(const char *text)
{
	return *text ? json_string(text) : json_null();
}

/* Null if nobody holds it. */
static json_t *input_to_json(const struct source_input *input)
{
	struct holder holder;
	char iso[WHEN_ISO_SIZE];

	if (!input->other)
		return json_null();
	holder_look(input, &holder);
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "pid",
		input->pid ? json_integer(input->pid) : json_null(), "name", known(input->who),
		"command", known(holder.command), "user", known(holder.user), "terminal",
		known(holder.terminal), "from", known(holder.from), "since",
		holder.start_ns ? json_string(when_iso(holder.start_ns, iso)) : json_null());
}

static json_t *to_json(const struct port_info *info, const struct source_input *input)
{
	json_t *json = facts_to_json(&info->facts);
	json_t *accesses = json_object();
	json_t *more;

	for (int i = 0; i < PORT_REGS; i++)
		if (reg_name(i))
			json_object_set_new(accesses, reg_name(i),
					    json_pack("{s:I, s:I}", "reads",
						      (json_int_t)info->reads_of[i], "writes",
						      (json_int_t)info->writes_of[i]));
#define INT(member) #member, (json_int_t)info->member
	more = json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:o, s:o}",
			 "strict", info->strict, "no_flow", info->no_flow, INT(flow_ms),
			 INT(tx_lost), INT(resets), INT(flow_stalls), INT(flow_stall_ns),
			 INT(flow_drops), "page", info->page, INT(page_maps), INT(page_unmaps),
			 INT(page_cleans), "registers", accesses, "input", input_to_json(input));
#undef INT
	if (json_object_update(json, more)) {
		json_decref(json);
		json = NULL;
	}
	json_decref(more);
	return json;
}

static void row(const char *name, uint64_t value, const char *unit)
{
	printf("  %-16s %" PRIu64 "%s\n", name, value, unit);
}

static void print_page(const struct port_info *info)
{
	static const struct {
		const char *page, *text;
	} texts[] = {
		{ "off", "all of them trap" },
		{ "unmapped", "trap at the moment" },
		{ "mapped", "do not trap" },
		{ "no function", "trap: this kernel's KVM lacks what --page needs" },
		{ "page size", "trap: this host's pages are larger than 4 KiB" },
		{ "protected", "trap: under pKVM there is no --page" },
		{ "no memory", "trap: there was no memory for --page" },
		{ "forbidden", "trap: the module had page=off when it was attached" },
		{ "realtime", "trap: under PREEMPT_RT there is no --page" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!strcmp(info->page, texts[i].page))
			printf("  %-16s %s\n", "reads", texts[i].text);
	if (!info->page_maps)
		return;
	row("  traps off", info->page_maps, " times");
	row("  traps on again", info->page_unmaps, " times");
}

static void print_input(const struct source_input *input)
{
	char about[SOURCE_ABOUT_SIZE];
	char name[HOLDER_NAME_SIZE];

	printf("  %-16s %s\n", "input", input->other ? holder_name(input, name) : "held by nobody");
	if (input->other && *holder_about(input, about))
		printf("  %-16s %s\n", "  held by", about);
}

static void print_text(const struct port_info *info, const struct source_input *input)
{
	const struct source_facts *facts = &info->facts;
	char label[SOURCE_NAME_SIZE];
	char path[PORT_PATH_SIZE];
	char user[USER_NAME_SIZE];

	printf("%s: %s, %s\n", guests_label(facts, label), port_path(facts->id, path),
	       facts_state(facts));
	if (facts->pid)
		printf("  %-16s %d, user %s\n", "process", (int)facts->pid,
		       user_name(facts->uid, user));
	else
		printf("  %-16s has ended, user %s\n", "process", user_name(facts->uid, user));
	printf("  %-16s 0x%" PRIx64 ", INTID %u%s\n", "UART", facts->gpa, facts->intid,
	       info->strict ? ", strict" : "");
	row("history", facts->tx_newest - facts->tx_oldest, " bytes kept");
	row("  of", facts->ring_size, "");
	row("sent", facts->tx_newest, " bytes");
	row("  breaks", facts->tx_breaks, "");
	row("  lost", info->tx_lost, " bytes, because the guest did not look at FR");
	row("received", facts->rx_bytes, " bytes");
	row("  breaks", facts->rx_breaks, "");
	row("  waiting", facts->rx_queued, "");
	print_input(input);
	row("interrupts", facts->interrupts, "");
	row("resets", info->resets, "");
	if (info->no_flow)
		printf("  %-16s no reader holds up the guest\n", "flow");
	else
		row("flow", info->flow_ms, " ms a reader may hold up the guest");
	row("  held up", info->flow_stalls, " times");
	row("  for", info->flow_stall_ns / 1000000, " ms");
	row("  dropped", info->flow_drops, " readers");
	print_page(info);
	printf("  %-16s %10s %10s\n", "accesses", "reads", "writes");
	for (int i = 0; i < PORT_REGS; i++)
		if (reg_name(i) && (info->reads_of[i] || info->writes_of[i]))
			printf("    %-14s %10" PRIu64 " %10" PRIu64 "\n", reg_name(i),
			       info->reads_of[i], info->writes_of[i]);
	printf("    %-14s %10" PRIu64 " %10" PRIu64 "\n", "all", facts->reads, facts->writes);
}

static int look(const struct source_facts *facts, struct port_info *info,
		struct source_input *input)
{
	struct source *src;
	int err = port_info(facts->id, info);

	if (!err)
		err = port_open(facts->id, false, &src);
	if (err)
		return guests_say_failed("look at", facts, err);
	/* An older module does not know of holders. */
	if (source_input(src, SOURCE_ASK, input))
		*input = (struct source_input){ 0 };
	source_close(src);
	gather(info);
	return STATUS_OK;
}

/* Prints each guest as text, or appends it to *@array if @array is not NULL. */
static int show(const struct guests *guests, json_t **array)
{
	struct source_input input;
	struct port_info info;
	int result = STATUS_OK;

	for (size_t i = 0; i < guests->count; i++) {
		int status = look(&guests->all[i], &info, &input);

		if (status)
			result = status;
		else if (array)
			cmd_json_add(array, to_json(&info, &input));
		else
			print_text(&info, &input);
	}
	return result;
}

/* @many: print an array, even of one guest. */
static int print_json(const struct guests *guests, bool many)
{
	json_t *array = json_array();
	int status = show(guests, &array);
	json_t *one;

	if (many || !array)
		return cmd_print_json(array, JSON_INDENT(2), "the facts", status);
	one = json_incref(json_array_get(array, 0));
	json_decref(array);
	return one ? cmd_print_json(one, JSON_INDENT(2), "the facts", status) : status;
}

static int run(int argc, char **argv)
{
	struct guests guests;
	bool json = false;
	int status;

	status = cmd_one_option(&cmd_info, argc, argv, "json", &json);
	if (status >= 0)
		return status;
	if (argc == optind)
		return cmd_usage(&cmd_info, "which guests?");
	status = pick_guests(&guests, argv + optind, argc - optind, MATCH_LIVE, true);
	if (status)
		return status;
	if (json)
		status = print_json(&guests, argc - optind > 1 || guests.count > 1 ||
						     strpbrk(argv[optind], "*?["));
	else
		status = cmd_flush(show(&guests, NULL));
	guests_free(&guests);
	return status;
}

const struct cmd cmd_info = {
	.name = "info",
	.args = "[--json] GUEST...",
	.summary = "show everything that is known about a port",
	.help = "\n"
		"Shows what the guest has done with its UART since the attach, register by register;\n"
		"registers that it did not access are left out.\n"
		"\n"
		"  --json   print an object with what 'kpl011 list --json' has and more, and all\n"
		"           registers; for several GUESTs, a pattern, or a name that several guests\n"
		"           have, print an array of these\n",
	.run = run,
	.hosts = CMD_THERE,
};
