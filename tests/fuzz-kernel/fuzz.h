/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzzer of the module's ABI. An input is a string of records, an operation
 * each; runners in several processes, of several users, do them, in their order
 * or two at once. The engine (libFuzzer) makes inputs, and learns from KCOV
 * which code of the module each has reached.
 *
 *	engine.c	an input: from libFuzzer to the runners, and the verdict
 *	records.c	how inputs are changed, and those to begin with
 *	runner.c	the processes, their turns, and KCOV
 *	ops.c		the table of operations
 *	calls.c		of the ABI's ioctls
 *	files.c		of files
 *	guest.c		of a VM and its guest
 *	check.c		what holds after each input, and how all is taken away
 */
#ifndef KPL011_FUZZ_KERNEL_H
#define KPL011_FUZZ_KERNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "../kselftest/port.h"
#include "../kselftest/vm.h"

#define RECORDS		48	/* of an input; more are left out */
#define STEPS		(RECORDS + 16)
#define PORTS		16
#define OPS		64	/* at most */
#define SLOTS		8
#define COUNTERS	0x10000	/* a power of two */
#define PCS		0x10000	/* words of the module's code */
#define SHORT_MS	20	/* after which what sleeps is interrupted */
#define GUEST_MS	500	/* and a guest that does not come back */

/* Who does an operation. */
enum who {
	OWNER,		/* of VM A, which has a GIC */
	OWNER_THREAD,	/* the same process: shares its files and its VM */
	OWNER_OTHER,	/* another process of that user */
	STRANGER,	/* another user, of VM B, which has none */
	ROOT,
	RUNNERS
};

#define WHO_FAIL	0x08	/* an allocation or copy fails: number arg[5] */
#define WHO_SLOT(who)	((who) >> 4 & (SLOTS - 1))
#define WHO_TOGETHER	0x80	/* at the same time as the one before */

/* All bytes, so that any input is a program. */
struct record {
	uint8_t op;
	uint8_t who;	/* enum who, WHO_FAIL, number of a file << 4, WHO_TOGETHER */
	uint8_t arg[6];
};

struct step {
	struct record record;
	uint32_t start;	/* how many must be done before it begins */
	int64_t ret;
	uint32_t ms;	/* that it took */
};

struct seen {
	uint32_t id;
	uint32_t intid;
	uint64_t gpa;
	uint32_t flags;
	uint32_t of_stranger;
};

/* What all processes share. */
struct stage {
	uint32_t generation;	/* of the program that is there */
	uint32_t completed;	/* steps; futex of the engine */
	uint32_t count;
	uint32_t ready;		/* runners that have begun; futex */
	struct step steps[STEPS];
	uint32_t ports;		/* attached in this input, the first PORTS kept */
	struct seen port[PORTS];
	/* What was done in this input that a check depends on. */
	uint32_t lines_moved, parameters_set, traced;
	int vm_fd[2];		/* of the owner and the stranger, in their processes */
	uint32_t refcnt;	/* of the module, with nothing open */
	uint32_t probe;		/* whether this input ends with a probe */
	struct {
		pid_t pid, tid;
		int at;		/* the step it is in, or -1 */
		uint32_t turn;	/* may have come; futex */
	} runner[RUNNERS];
	uint64_t attached;	/* ports, in all */
	uint32_t violated;
	char violation[200];
	uint64_t text;		/* where the module's code is */
	uint64_t overflows;	/* of KCOV's buffer */
	struct {
		uint32_t count, ms;
	} took[OPS];		/* each operation of the table, in all */
	uint8_t counters[COUNTERS];
	uint8_t reached[PCS];
};

struct slot {
	int fd;
	void *map;
	size_t map_size;
};

/* What the runners of a process share. */
struct process {
	struct slot slot[SLOTS];
	pthread_rwlock_t vm_lock;	/* that it does not go */
	pthread_mutex_t vcpu_lock;	/* who runs it, or makes it */
	struct vm vm;
	bool has_vm, spoilt;	/* spoilt: the next input gets a new one */
	int other_vm;		/* descriptor of another process's VM, or -1 */
	struct kpl011_uart_state saved;
	char *edge;		/* a page before one that is not there */
	char *memory;		/* for guests */
};

struct runner {
	enum who id;
	struct process *process;
	int kcov, fail_nth;
	uint64_t *cover;
	timer_t timer;
};

struct op {
	const char *name;
	int64_t (*run)(struct runner *runner, const struct record *record);
	uint32_t flags;
};

/* flags of struct op */
#define OP_SLEEPS	0x1	/* is interrupted */
#define OP_GUEST	0x2	/* likewise, later */
/* WHO_FAIL is for it, too. Not with a timer: a signal whose frame cannot be copied kills. */
#define OP_FAILS	0x4
#define OP_CHECK	0x8	/* not for inputs */

extern struct stage *stage;
extern const struct op ops[];
/* How many, and how many of those may be in inputs: they come first. */
extern const unsigned int ops_all, ops_input;
int op_of(const char *name);

/* Notes the first violation of this input. */
__attribute__((format(printf, 1, 2))) void violated(const char *format, ...);

/* Starts the runners. */
void runners_start(void);
/* Tells those whose turn it is now that @done steps are. */
void turns_tell(uint32_t done);
/* Waits while *@word is @value, at most @seconds unless that is 0. */
void word_wait(uint32_t *word, uint32_t value, unsigned int seconds);
void word_wake(uint32_t *word);

/* records.c */
void seeds_write(const char *folder);

/* Values that tell. */
uint64_t telling(uint8_t byte);
uint64_t telling_gpa(uint8_t nibble);
uint32_t telling_intid(uint8_t nibble);
const struct seen *seen_port(uint8_t byte);
void seen_add(const struct kpl011_attach *args, bool of_stranger);

/* The process's own VM, or NULL; and its vCPU, for this thread alone. To be put. */
struct vm *vm_get(struct runner *runner);
void vm_put(struct runner *runner);
struct vm *vcpu_get(struct runner *runner);
void vcpu_put(struct runner *runner);
/* Descriptor of a VM that the process may attach, or -1. */
int vm_descriptor(struct runner *runner, bool of_stranger);
/* From a handler: the guest that this thread runs shall come back. */
void vm_interrupt(void);
void vm_forget(struct process *process);

/* Puts a file into a slot, in place of what is there. */
void slot_put(struct process *process, unsigned int slot, int fd);
void slot_unmap(struct process *process, unsigned int slot);
/* A buffer as the record wants it: @good, or one that is bad in some way. */
void *buffer(struct runner *runner, uint8_t kind, void *good, size_t size);
/* A small file: its bytes, or -errno; -errno. */
int file_read(const char *path, char *text, size_t size);
int file_write(const char *path, const char *text);

#define OP(name)	int64_t name(struct runner *runner, const struct record *record)
OP(op_attach);
OP(op_detach);
OP(op_reap);
OP(op_info);
OP(op_break);
OP(op_inject);
OP(op_reset);
OP(op_state_get);
OP(op_state_set);
OP(op_seek);
OP(op_marks);
OP(op_input);
OP(op_flow);
OP(op_modem);
OP(op_no_ioctl);
OP(op_open);
OP(op_open_control);
OP(op_close);
OP(op_dup);
OP(op_read);
OP(op_write);
OP(op_lseek);
OP(op_poll);
OP(op_epoll);
OP(op_mmap);
OP(op_munmap);
OP(op_nonblock);
OP(op_sysfs);
OP(op_parameter);
OP(op_trace);
OP(op_store);
OP(op_load);
OP(op_print);
OP(op_set_up);
OP(op_line);
OP(op_restore_line);
OP(op_vcpu_init);
OP(op_memory);
OP(op_ioeventfd);
OP(op_vm_close);
OP(op_vm_take);
OP(check_close);
OP(check_ports);
OP(check_probe);
OP(check_release);
OP(check_lines);

#endif
