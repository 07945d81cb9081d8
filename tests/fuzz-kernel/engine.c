// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define HANG_S		120	/* no step in so long: also on a busy machine that is a hang */
#define BLOCK		512	/* of the file that has the input under way */
#define PROBE_EVERY	4	/* inputs: a probe takes longer than most */

struct stage *stage;

/* libFuzzer takes this for coverage of its own. */
static uint8_t counters[COUNTERS] __attribute__((section("__libfuzzer_extra_counters"), used));

static struct {
	int kmsg, now;
	uint8_t *block;
	uint64_t inputs, steps, failures;
	time_t began;
} engine;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *share(void)
{
	return getenv("FUZZ_SHARE") ?: ".";
}

static FILE *share_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", share(), name);
	return fopen(path, "we");
}

/* For whoever counts: a line for each word of the module's code that was a block's end. */
static void tell(void)
{
	FILE *file = share_file("reached");
	unsigned int i;

	for (i = 0; file && i < PCS; i++)
		if (stage->reached[i])
			fprintf(file, "%x\n", i * 4);
	if (file)
		fclose(file);
	file = share_file("counts");
	if (!file)
		return;
	fprintf(file, "inputs=%llu steps=%llu seconds=%lld failures=%llu overflows=%llu attached=%llu\n",
		(unsigned long long)engine.inputs, (unsigned long long)engine.steps,
		(long long)(time(NULL) - engine.began), (unsigned long long)engine.failures,
		(unsigned long long)stage->overflows, (unsigned long long)stage->attached);
	fclose(file);
	file = share_file("times");
	for (i = 0; file && i < ops_all; i++)
		if (stage->took[i].count)
			fprintf(file, "%8u ms %6u times %s\n", stage->took[i].ms,
				stage->took[i].count, ops[i].name);
	if (file)
		fclose(file);
}

static void print_step(uint32_t i, const char *more)
{
	static const char *const names[] = { "owner", "thread", "other", "stranger", "root" };
	const struct step *step = &stage->steps[i];
	const struct record *record = &step->record;

	fprintf(stderr, "# %2u%c %-8s %-12s file %u%s args %02x %02x %02x %02x %02x %02x: %lld, %u ms%s\n", i,
		i && step->start == stage->steps[i - 1].start ? '&' : ' ', names[record->who & 7],
		ops[record->op].name, WHO_SLOT(record->who), record->who & WHO_FAIL ? " fails" : "",
		record->arg[0], record->arg[1], record->arg[2], record->arg[3], record->arg[4],
		record->arg[5], (long long)step->ret, step->ms, more);
}

static void print_stack(pid_t pid, pid_t tid)
{
	char path[64], text[2048];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stack", pid, tid);
	if (file_read(path, text, sizeof(text)) > 0)
		fprintf(stderr, "%s", text);
}

/* libFuzzer keeps the input. */
static __attribute__((noreturn)) void failed(const char *why)
{
	uint32_t i, completed = stage->completed;
	unsigned int who;

	engine.failures++;
	fprintf(stderr, "fuzz: %s\n", why);
	for (i = 0; i < stage->count; i++)
		print_step(i, i < completed ? "" : "  (not known to be done)");
	for (who = 0; who < RUNNERS; who++)
		if (stage->runner[who].at >= 0) {
			print_step(stage->runner[who].at, "  (is in it)");
			print_stack(stage->runner[who].pid, stage->runner[who].tid);
		}
	tell();
	abort();
}

/* What the kernel says that only a fault makes it say. */
static void look_into_log(void)
{
	static const char *const words[] = {
		"WARNING: ", "BUG: ", "BUG at ", "UBSAN: ", "refcount_t: ", "ODEBUG: ", "INFO: ",
		"Internal error: ", "Unable to handle", "corruption", "usercopy: ", "Oops",
		"Bad page state", "page_table_check", "lockdep is turned off",
	};
	char line[8192];
	const char *text;
	unsigned int i;
	ssize_t n;

	for (;;) {
		n = read(engine.kmsg, line, sizeof(line) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			return;
		line[n] = 0;
		text = strchr(line, ';');
		for (i = 0; text && i < sizeof(words) / sizeof(words[0]); i++)
			if (strstr(text, words[i]))
				failed(text + 1);
	}
}

/* What was done; of two at once the first may be the one that is not yet. */
static void print_done(uint32_t done)
{
	static uint32_t printed;

	if (!done)
		printed = 0;
	while (printed < done)
		print_step(printed++, "");
}

static void wait_for_all(void)
{
	uint32_t done, before = 0, seconds = 0;
	bool verbose = getenv("FUZZ_VERBOSE");
	int status;

	while ((done = __atomic_load_n(&stage->completed, __ATOMIC_ACQUIRE)) < stage->count) {
		time_t now = time(NULL);

		if (verbose)
			print_done(done);
		word_wait(&stage->completed, done, 1);
		if (waitpid(-1, &status, WNOHANG) > 0) {
			look_into_log();
			fprintf(stderr, "fuzz: wait status %#x\n", status);
			failed("a process of the fuzzer died");
		}
		if (done != before) {
			seconds = 0;
		} else {
			/* A thread that the kernel killed may leave a process that lives on. */
			look_into_log();
			seconds += time(NULL) - now;
		}
		before = done;
		if (seconds > HANG_S)
			failed("it hangs");
	}
}

static void step_add(const struct record *record, bool together)
{
	uint32_t i = stage->count++;

	stage->steps[i].record = *record;
	stage->steps[i].start = together && i ? stage->steps[i - 1].start : i;
}

static void check_add(const char *name, enum who who, bool together)
{
	struct record record = { .op = op_of(name), .who = who };

	step_add(&record, together);
}

static void program(const uint8_t *data, size_t size)
{
	struct record record;
	uint32_t i, together = 0;
	bool with;

	stage->count = 0;
	for (i = 0; i < size / sizeof(record) && i < RECORDS; i++) {
		memcpy(&record, data + i * sizeof(record), sizeof(record));
		record.op %= ops_input;
		record.who = (record.who & ~7) | (record.who & 7) % RUNNERS;
		/* Three at once are enough, and none waits for itself. */
		with = record.who & WHO_TOGETHER && i && together < 2 &&
		       (record.who & 7) != (stage->steps[i - 1].record.who & 7);
		together = with ? together + 1 : 0;
		step_add(&record, with);
	}
	/* All take part, so that nobody still looks at this program when the next one comes. */
	for (i = 0; i < RUNNERS; i++)
		check_add("check_close", i, i > 0);
	check_add("check_ports", ROOT, false);
	check_add("check_probe", OWNER, false);
	check_add("check_release", ROOT, false);
	check_add("check_lines", OWNER, false);
	check_add("check_lines", STRANGER, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t i, sum = 0;
	char why[256];

	for (i = 0; i < size; i++)
		sum = sum * 31 + data[i];
	/* If the host does not live through it, this is what it was. */
	memset(engine.block, 0, BLOCK);
	memcpy(engine.block, &size, sizeof(size));
	memcpy(engine.block + sizeof(size), data, size > BLOCK - 8 ? BLOCK - 8 : size);
	if (pwrite(engine.now, engine.block, BLOCK, 0) != BLOCK)
		failed("the input under way cannot be kept");

	memset(stage->counters, 0, sizeof(stage->counters));
	program(data, size);
	stage->ports = stage->lines_moved = 0;
	stage->probe = sum % PROBE_EVERY == 0;
	__atomic_store_n(&stage->completed, 0, __ATOMIC_RELEASE);
	__atomic_add_fetch(&stage->generation, 1, __ATOMIC_ACQ_REL);
	turns_tell(0);
	wait_for_all();
	engine.inputs++;
	engine.steps += stage->count;
	if (getenv("FUZZ_VERBOSE"))
		print_done(stage->count);
	look_into_log();
	if (stage->violated) {
		snprintf(why, sizeof(why), "violated: %s", stage->violation);
		failed(why);
	}
	memcpy(counters, stage->counters, sizeof(counters));
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const faults[] = { "failslab", "fail_page_alloc" };
	char path[128], text[64];
	unsigned int i;

	(void)argc;
	(void)argv;
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (file_read("/sys/module/kpl011/sections/.text", text, sizeof(text)) <= 0) {
		fprintf(stderr, "fuzz: the module is not loaded\n");
		exit(1);
	}
	stage->text = strtoull(text, NULL, 16);
	file_read("/sys/module/kpl011/refcnt", text, sizeof(text));
	stage->refcnt = atoi(text);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", faults[i]);
		file_write(path, "N");
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", faults[i]);
		file_write(path, "0");
	}
	file_write("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	file_write("/sys/kernel/debug/fail_usercopy/verbose", "0");
	/* Few, so that limits are met, and what is not given back is missed. */
	file_write("/sys/module/kpl011/parameters/ports_max", "8");
	file_write("/sys/module/kpl011/parameters/dead_max", "4");

	engine.kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	lseek(engine.kmsg, 0, SEEK_END);
	snprintf(path, sizeof(path), "%s/now", share());
	engine.now = open(path, O_RDWR | O_CREAT | O_DIRECT | O_DSYNC | O_CLOEXEC, 0644);
	engine.block = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (engine.kmsg < 0 || engine.now < 0) {
		perror("fuzz: /dev/kmsg or the file of the input");
		exit(1);
	}
	engine.began = time(NULL);
	runners_start();
	snprintf(path, sizeof(path), "%s/seeds", share());
	mkdir(path, 0755);
	seeds_write(path);
	atexit(tell);
	return 0;
}
