// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <linux/kcov.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

#define COVER		0x10000		/* PCs of one operation */
#define OWNER_UID	1000
#define STRANGER_UID	1001
#define MEMORY		0x10000

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

void word_wait(uint32_t *word, uint32_t value, unsigned int seconds)
{
	struct timespec time = { .tv_sec = seconds };

	syscall(SYS_futex, word, FUTEX_WAIT, value, seconds ? &time : NULL, NULL, 0);
}

void word_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, RUNNERS + 1, NULL, NULL, 0);
}

void violated(const char *format, ...)
{
	va_list args;

	if (__atomic_exchange_n(&stage->violated, 1, __ATOMIC_ACQ_REL))
		return;
	va_start(args, format);
	vsnprintf(stage->violation, sizeof(stage->violation), format, args);
	va_end(args);
}

static void interrupted(int sig)
{
	(void)sig;
	vm_interrupt();
}

/* Until it is set to 0 a signal comes each @ms: the first may be too early for what it ends. */
static void timer(struct runner *runner, long ms)
{
	struct timespec in = { .tv_nsec = ms * 1000000 };
	struct itimerspec every = { in, in };

	timer_settime(runner->timer, 0, &every, NULL);
}

/*
 * What the operation ran of the module: each pair of blocks that came one after
 * the other is a counter for the engine, each block is noted for the report.
 */
static void learn(struct runner *runner, bool of_input)
{
	uint64_t n = __atomic_load_n(&runner->cover[0], __ATOMIC_RELAXED), i, at, before = 0;
	uint32_t index;

	if (n == COVER - 1)
		stage->overflows++;
	for (i = 1; i <= n; i++) {
		at = (runner->cover[i] - stage->text) / 4;
		if (at >= PCS)
			continue;
		stage->reached[at] = 1;
		index = (at * 0x9e3779b1u ^ before * 0x85ebca6bu) >> 13 & (COUNTERS - 1);
		if (of_input && stage->counters[index] < 255)
			stage->counters[index]++;
		before = at;
	}
	__atomic_store_n(&runner->cover[0], 0, __ATOMIC_RELAXED);
}

static int64_t perform(struct runner *runner, const struct record *record)
{
	const struct op *op = &ops[record->op];
	bool fails = record->who & WHO_FAIL && op->flags & OP_FAILS;
	char text[16];
	int64_t ret;
	int n;

	if (op->flags & (OP_SLEEPS | OP_GUEST))
		timer(runner, op->flags & OP_SLEEPS ? SHORT_MS : GUEST_MS);
	/* A VM that KVM cannot make is not for us. */
	if (fails && vm_get(runner))
		vm_put(runner);
	if (fails) {
		n = snprintf(text, sizeof(text), "%u", 1 + (record->arg[5] & 31));
		pwrite(runner->fail_nth, text, n, 0);
	}
	__atomic_store_n(&runner->cover[0], 0, __ATOMIC_RELAXED);
	ret = op->run(runner, record);
	/* If it is this that fails there were not as many. */
	if (fails && pwrite(runner->fail_nth, "0", 1, 0) < 0)
		pwrite(runner->fail_nth, "0", 1, 0);
	if (op->flags & (OP_SLEEPS | OP_GUEST))
		timer(runner, 0);
	learn(runner, !(op->flags & OP_CHECK));
	return ret;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* Nobody else wakes: in such a kernel a switch of tasks takes as long as many a step. */
void turns_tell(uint32_t done)
{
	uint32_t i, who;

	for (i = done; i < stage->count && stage->steps[i].start == done; i++) {
		who = stage->steps[i].record.who & 7;
		__atomic_add_fetch(&stage->runner[who].turn, 1, __ATOMIC_ACQ_REL);
		word_wake(&stage->runner[who].turn);
	}
}

/* The first of its steps from @i on, or the end. */
static uint32_t own_step(const struct runner *runner, uint32_t i)
{
	while (i < stage->count && (stage->steps[i].record.who & 7) != runner->id)
		i++;
	return i;
}

/* Until @runner may do @i: of a new program if @old is the generation, or of this one. */
static void turn_wait(const struct runner *runner, uint32_t i, uint32_t old)
{
	uint32_t *word = &stage->runner[runner->id].turn, turn;

	for (;;) {
		turn = __atomic_load_n(word, __ATOMIC_ACQUIRE);
		if (i == STEPS ? __atomic_load_n(&stage->generation, __ATOMIC_ACQUIRE) != old :
		    __atomic_load_n(&stage->completed, __ATOMIC_ACQUIRE) >= stage->steps[i].start)
			return;
		word_wait(word, turn, 0);
	}
}

static void do_step(struct runner *runner, uint32_t i)
{
	struct step *step = &stage->steps[i];
	int64_t began = now_ms();

	stage->runner[runner->id].at = i;
	step->ret = perform(runner, &step->record);
	step->ms = now_ms() - began;
	__atomic_add_fetch(&stage->took[step->record.op].count, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&stage->took[step->record.op].ms, step->ms, __ATOMIC_RELAXED);
	stage->runner[runner->id].at = -1;
}

static void follow(struct runner *runner)
{
	uint32_t i, next, count, done, generation = 0;

	for (;;) {
		turn_wait(runner, STEPS, generation);
		generation = __atomic_load_n(&stage->generation, __ATOMIC_ACQUIRE);
		count = stage->count;
		for (i = own_step(runner, 0); i < count; i = next) {
			turn_wait(runner, i, generation);
			do_step(runner, i);
			/* When all steps are done the next program may come at once. */
			next = own_step(runner, i + 1);
			done = __atomic_add_fetch(&stage->completed, 1, __ATOMIC_ACQ_REL);
			if (done < count)
				turns_tell(done);
			else
				word_wake(&stage->completed);
		}
	}
}

static void *run(void *arg)
{
	struct runner *runner = arg;
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
		._sigev_un._tid = gettid(),
	};
	char path[64];

	stage->runner[runner->id].pid = getpid();
	stage->runner[runner->id].tid = gettid();
	snprintf(path, sizeof(path), "/proc/self/task/%d/fail-nth", gettid());
	runner->fail_nth = open(path, O_RDWR | O_CLOEXEC);
	if (timer_create(CLOCK_MONOTONIC, &event, &runner->timer))
		fail("timer_create");
	if (runner->kcov >= 0 && ioctl(runner->kcov, KCOV_ENABLE, KCOV_TRACE_PC))
		fail("KCOV_ENABLE");
	__atomic_add_fetch(&stage->ready, 1, __ATOMIC_ACQ_REL);
	word_wake(&stage->ready);
	follow(runner);
	return NULL;
}

/* A kernel without KCOV can still be given an input. */
static void cover(struct runner *runner)
{
	runner->kcov = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (runner->kcov < 0) {
		runner->cover = calloc(COVER, sizeof(uint64_t));
		return;
	}
	if (ioctl(runner->kcov, KCOV_INIT_TRACE, COVER))
		fail("/sys/kernel/debug/kcov");
	runner->cover = mmap(NULL, COVER * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
			     runner->kcov, 0);
	if (runner->cover == MAP_FAILED)
		fail("mmap(kcov)");
}

/* Another user, who may use KVM. */
static void become(uid_t uid)
{
	struct stat kvm;

	if (stat("/dev/kvm", &kvm) || setgroups(1, &kvm.st_gid) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		fail("setresuid");
	/* Or its own files of /proc would not be its own. */
	prctl(PR_SET_DUMPABLE, 1);
}

static void process(enum who first, enum who last, uid_t uid)
{
	struct process *process = calloc(1, sizeof(*process));
	struct runner *runners = calloc(RUNNERS, sizeof(*runners));
	struct sigaction action = { .sa_handler = interrupted };
	pthread_t thread;
	enum who id;
	int i;

	sigaction(SIGUSR1, &action, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	for (i = 0; i < SLOTS; i++)
		process->slot[i].fd = -1;
	process->other_vm = -1;
	pthread_rwlock_init(&process->vm_lock, NULL);
	pthread_mutex_init(&process->vcpu_lock, NULL);
	process->saved = (struct kpl011_uart_state) {
		.version = KPL011_UART_STATE_VERSION,
		.cr = PL011_CR_TXE | PL011_CR_RXE,
		.ifls = 0x12,
	};
	process->edge = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	process->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);
	mprotect(process->edge + 0x1000, 0x1000, PROT_NONE);
	for (id = first; id <= last; id++) {
		runners[id] = (struct runner) { .id = id, .process = process };
		cover(&runners[id]);
	}
	become(uid);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The kselftests' helpers say what failed, and here that is most of it. */
	if (!getenv("FUZZ_VERBOSE"))
		freopen("/dev/null", "w", stderr);
	for (id = first + 1; id <= last; id++)
		if (pthread_create(&thread, NULL, run, &runners[id]))
			fail("pthread_create");
	run(&runners[first]);
}

void runners_start(void)
{
	static const struct { enum who first, last; uid_t uid; } all[] = {
		{ OWNER, OWNER_THREAD, OWNER_UID },
		{ OWNER_OTHER, OWNER_OTHER, OWNER_UID },
		{ STRANGER, STRANGER, STRANGER_UID },
		{ ROOT, ROOT, 0 },
	};
	unsigned int i;
	uint32_t ready;
	pid_t pid;

	for (i = 0; i < RUNNERS; i++)
		stage->runner[i].at = -1;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		pid = fork();
		if (pid < 0)
			fail("fork");
		if (!pid) {
			process(all[i].first, all[i].last, all[i].uid);
			_exit(1);
		}
	}
	for (i = 0; i < 60 && (ready = __atomic_load_n(&stage->ready, __ATOMIC_ACQUIRE)) < RUNNERS; i++)
		word_wait(&stage->ready, ready, 1);
	if (ready < RUNNERS) {
		fprintf(stderr, "fuzz: %u of %u runners began\n", ready, RUNNERS);
		exit(1);
	}
}
