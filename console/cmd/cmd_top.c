// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <jansson.h>

#include "cmd/cmd.h"
#include "guests/guests.h"
#include "guests/pick.h"
#include "base/clock.h"
#include "base/human.h"
#include "base/msg.h"
#include "source/source_port.h"
#include "source/words.h"

/* Milliseconds between two tables: the default, the most before the first, the largest setting. */
#define DELAY_MS 2000
#define FIRST_MS 500
#define DELAY_MS_MAX (24 * 3600 * 1000)

/* What is shown per second. */
enum rate { RATE_OUT, RATE_IN, RATE_ACCESSES, RATE_INTERRUPTS, RATES };

static const char *const rate_names[RATES] = { "out", "in", "accesses", "interrupts" };

enum sort {
	SORT_NAME = RATES, /* after those of enum rate */
	SORT_ID,
};

struct sample {
	struct source_facts facts;
	uint64_t lost;
	uint64_t counts[RATES];
	double rates[RATES];
};

struct samples {
	struct sample *all; /* by id */
	size_t count;
	uint64_t ns; /* CLOCK_BOOTTIME */
};

struct top {
	char **specs;
	int count;
	uint64_t delay_ms;
	uint64_t blocks; /* how many tables to print; 0: no end */
	int sort;
	bool json;
	bool screen;
};

static void count(struct sample *sample)
{
	const struct source_facts *facts = &sample->facts;

	sample->counts[RATE_OUT] = facts->tx_newest;
	sample->counts[RATE_IN] = facts->rx_bytes;
	sample->counts[RATE_ACCESSES] = facts->reads + facts->writes;
	sample->counts[RATE_INTERRUPTS] = facts->interrupts;
}

/* @first: a word without a guest is an error; later the guest may be gone. */
static int look(const struct top *top, bool first, struct samples *now)
{
	struct guests guests;
	struct port_info info;
	int status;

	*now = (struct samples){ .all = NULL };
	if (first)
		status = pick_guests(&guests, top->specs, top->count, MATCH_BOTH, true);
	else
		status = guests_scan(&guests);
	if (status)
		return status;
	if (!first)
		pick_filter(&guests, top->specs, top->count);
	now->ns = (uint64_t)clock_boot_ns();
	now->all = calloc(guests.count + 1, sizeof(*now->all));
	if (!now->all) {
		msg_error("out of memory");
		status = STATUS_FAILED;
	}
	for (size_t i = 0; !status && i < guests.count; i++) {
		struct sample *sample = &now->all[now->count];

		/* It may have been reaped since. */
		if (port_info(guests.all[i].id, &info))
			continue;
		sample->facts = info.facts;
		sample->lost = info.tx_lost;
		count(sample);
		now->count++;
	}
	guests_free(&guests);
	return status;
}

/* Sets the rates since @before; all that a guest did counts if it was not there then. */
static void rate(struct samples *now, const struct samples *before)
{
	double seconds = (double)(now->ns - before->ns) / 1e9;
	size_t b = 0;

	for (size_t i = 0; i < now->count; i++) {
		struct sample *sample = &now->all[i];
		const struct sample *old = NULL;

		while (b < before->count && before->all[b].facts.id < sample->facts.id)
			b++;
		/* After the module is loaded again, a number may be another port's. */
		if (b < before->count && before->all[b].facts.id == sample->facts.id &&
		    before->all[b].facts.attach_ns == sample->facts.attach_ns)
			old = &before->all[b];
		for (int r = 0; r < RATES; r++) {
			uint64_t done = sample->counts[r] - (old ? old->counts[r] : 0);

			sample->rates[r] = seconds > 0 ? (double)done / seconds : 0;
		}
	}
}

static int by(const void *a, const void *b, void *arg)
{
	const struct sample *x = a;
	const struct sample *y = b;
	int sort = *(const int *)arg;
	int order = 0;

	if (sort < RATES)
		order = (x->rates[sort] < y->rates[sort]) - (x->rates[sort] > y->rates[sort]);
	else if (sort == SORT_NAME)
		order = strcmp(x->facts.name, y->facts.name);
	if (order)
		return order;
	return x->facts.id < y->facts.id ? -1 : x->facts.id > y->facts.id;
}

static json_t *to_json(const struct sample *sample)
{
	const struct source_facts *facts = &sample->facts;

	/* Rounded to thousandths. */
#define RATE(r) rate_names[r], round(sample->rates[r] * 1000) / 1000
	return json_pack("{s:I, s:s, s:s, s:I, s:f, s:f, s:f, s:f, s:I, s:I, s:I}", "id",
			 (json_int_t)facts->id, "name", facts->name, "state", facts_state(facts),
			 "pid", (json_int_t)facts->pid, RATE(RATE_OUT), RATE(RATE_IN),
			 RATE(RATE_ACCESSES), RATE(RATE_INTERRUPTS), "tx_breaks",
			 (json_int_t)facts->tx_breaks, "rx_breaks", (json_int_t)facts->rx_breaks,
			 "tx_lost", (json_int_t)sample->lost);
#undef RATE
}

static int print_json(const struct samples *now, uint64_t interval_ns)
{
	json_t *guests = json_array();
	json_t *line;

	for (size_t i = 0; i < now->count; i++)
		cmd_json_add(&guests, to_json(&now->all[i]));
	line = json_pack("{s:I, s:I, s:o}", "time_ns", (json_int_t)now->ns, "interval_ns",
			 (json_int_t)interval_ns, "guests", guests);
	return cmd_print_json(line, JSON_COMPACT, "the rates", STATUS_OK);
}

/* Prints at most this many columns of a line; 0: all of it. */
static void print_line(const char *line, int columns)
{
	if (columns)
		printf("%.*s\033[K\n", columns, line);
	else
		printf("%s\n", line);
}

static void print_sample(const struct sample *sample, int columns)
{
	const struct source_facts *facts = &sample->facts;
	char rates[RATES][HUMAN_SIZE];
	char name[SOURCE_NAME_SIZE];
	char lost[HUMAN_SIZE];
	char line[256];

	msg_clean(name, sizeof(name), facts->name[0] ? facts->name : "-");
	for (int r = 0; r < RATES; r++)
		human_bytes((uint64_t)llround(sample->rates[r]), rates[r]);
	snprintf(line, sizeof(line), "%5u  %-20s  %-8s  %7s  %7s  %8s  %7s  %6llu  %6s", facts->id,
		 name, facts_state(facts), rates[RATE_OUT], rates[RATE_IN], rates[RATE_ACCESSES],
		 rates[RATE_INTERRUPTS], (unsigned long long)(facts->tx_breaks + facts->rx_breaks),
		 human_bytes(sample->lost, lost));
	print_line(line, columns);
}

static int print_table(const struct top *top, const struct samples *now)
{
	struct winsize size = { .ws_row = 0 };
	double sums[RATES] = { 0 };
	char texts[RATES][HUMAN_SIZE];
	size_t shown = now->count;
	size_t live = 0;
	int columns = 0;
	char line[256];

	if (top->screen && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row > 3) {
		columns = size.ws_col;
		/* Two lines are above the guests, and one is below, for the cursor. */
		if (shown > size.ws_row - 3u)
			shown = size.ws_row - 3u;
	}
	for (size_t i = 0; i < now->count; i++) {
		live += now->all[i].facts.live;
		for (int r = 0; r < RATES; r++)
			sums[r] += now->all[i].rates[r];
	}
	for (int r = 0; r < RATES; r++)
		human_bytes((uint64_t)llround(sums[r]), texts[r]);
	if (columns)
		printf("\033[H");
	snprintf(
		line, sizeof(line),
		"%zu guest%s, %zu live; per second: %s bytes out, %s in, %s accesses, %s interrupts",
		now->count, now->count == 1 ? "" : "s", live, texts[RATE_OUT], texts[RATE_IN],
		texts[RATE_ACCESSES], texts[RATE_INTERRUPTS]);
	print_line(line, columns);
	print_line(
		"   ID  NAME                  STATE       OUT/s     IN/s     ACC/s    IRQ/s  BREAKS    LOST",
		columns);
	for (size_t i = 0; i < shown; i++)
		print_sample(&now->all[i], columns);
	if (columns)
		printf("\033[J");
	else
		printf("\n");
	return cmd_flush(STATUS_OK);
}

static int show(const struct top *top, const struct samples *now, uint64_t interval_ns)
{
	size_t bytes = now->count * sizeof(*now->all);
	struct samples shown = *now;
	int sort = top->sort;
	int status;

	/* Sort a copy: the next look() needs the order by id. */
	shown.all = malloc(bytes + 1);
	if (!shown.all) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	memcpy(shown.all, now->all, bytes);
	qsort_r(shown.all, shown.count, sizeof(*shown.all), by, &sort);
	status = top->json ? print_json(&shown, interval_ns) : print_table(top, &shown);
	free(shown.all);
	return status;
}

/* Changes no mode of the terminal, so that nothing has to be restored. */
static int repeat(const struct top *top)
{
	uint64_t delay = top->delay_ms < FIRST_MS ? top->delay_ms : FIRST_MS;
	struct samples before;
	struct samples now;
	int status;

	status = look(top, true, &before);
	if (!status && top->screen)
		printf("\033[2J");
	for (uint64_t n = 0; !status && (!top->blocks || n < top->blocks); n++) {
		poll(NULL, 0, (int)delay);
		delay = top->delay_ms;
		status = look(top, false, &now);
		if (!status) {
			rate(&now, &before);
			status = show(top, &now, now.ns - before.ns);
		}
		free(before.all);
		before = now;
	}
	free(before.all);
	return status;
}

static bool parse_sort(const char *word, int *sort)
{
	for (int r = 0; r < RATES; r++) {
		if (strcmp(word, rate_names[r]))
			continue;
		*sort = r;
		return true;
	}
	*sort = strcmp(word, "name") ? SORT_ID : SORT_NAME;
	return *sort == SORT_NAME || !strcmp(word, "id");
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'n' },
		{ "delay", required_argument, NULL, 'd' },
		{ "sort", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct top top = { .delay_ms = DELAY_MS, .sort = RATE_OUT };
	int c;

	while ((c = getopt_long(argc, argv, "n:d:h", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			if (!human_parse(optarg, 1, UINT64_MAX, &top.blocks))
				return cmd_usage(&cmd_top, "-n %s: not a number of 1 or more",
						 optarg);
			break;
		case 'd':
			if (!human_parse_seconds(optarg, &top.delay_ms) ||
			    top.delay_ms > DELAY_MS_MAX)
				return cmd_usage(
					&cmd_top,
					"-d %s: not a number of seconds above 0, up to a day",
					optarg);
			break;
		case 's':
			if (!parse_sort(optarg, &top.sort))
				return cmd_usage(
					&cmd_top,
					"--sort %s: not out, in, accesses, interrupts, name or id",
					optarg);
			break;
		case 'j':
			top.json = true;
			break;
		case 'h':
			return cmd_help(&cmd_top);
		default:
			return cmd_usage(&cmd_top, NULL);
		}
	}
	top.specs = argv + optind;
	top.count = argc - optind;
	top.screen = !top.json && isatty(STDOUT_FILENO);
	return repeat(&top);
}

const struct cmd cmd_top = {
	.name = "top",
	.args = "[-n COUNT] [-d SECONDS] [--sort KEY] [--json] [GUEST...]",
	.summary = "show how busy the guests are with their UARTs",
	.help = "\n"
		"Shows per second: bytes OUT of the guest and IN to it, ACCesses to registers, and\n"
		"interrupts. BREAKS, in both directions, and LOST, bytes that were lost because the\n"
		"guest did not look at FR, are counted from the attach. On a terminal the table is\n"
		"updated in place, otherwise it is printed again each time. top continues until it\n"
		"is interrupted. With GUESTs, it shows only these; a pattern also means guests that\n"
		"come later.\n"
		"\n"
		"  -n, --count COUNT   end after COUNT tables\n"
		"  -d, --delay SECONDS time between two tables (2)\n"
		"  --sort KEY          out (the default), in, accesses, interrupts, name or id\n"
		"  --json              print a line with an object each time\n",
	.run = run,
};
