/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ledger is a small file that says how much of a guest's output was written
 * to a log, so that the daemon continues at the right byte after a restart or a
 * kill. Each log of each port has one.
 *
 * Before each write the daemon notes where the log and the position are before
 * it and will be after it; the log's size then tells how much of that was
 * written. Pure, except for ledger_load(), ledger_store(), ledger_put_aside()
 * and ledger_read_boot().
 */
#ifndef KPL011_LEDGER_H
#define KPL011_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/logname.h"

/* Size of the file in bytes, always the same. */
#define LEDGER_SIZE 1024

/* Bytes of a boot id (a UUID) with its NUL. */
#define LEDGER_BOOT_SIZE 40

/* Identifies a port among those of all boots and all loads of the module. */
struct ledger_port {
	char boot[LEDGER_BOOT_SIZE];
	uint32_t id;
	uint64_t attach_ns;
	int64_t uid; /* owner; LEDGER_NO_UID: the ledger is older than this field */
};

#define LEDGER_NO_UID (-1)

/* A place in the log, and in the guest's output. */
struct ledger_point {
	uint64_t size; /* of the log, in bytes */
	uint64_t pos;  /* of the next byte; in text, never within an escape sequence */
	bool in_line;  /* clean log: the log ends within a line */
};

struct ledger {
	struct ledger_port port;
	char base[LOGNAME_SIZE]; /* what the log's name begins with */
	bool exact;		 /* the write adds the guest's bytes unchanged */
	bool done;		 /* the guest is gone, and all its output was written */
	/* The file that @from and @to are in; 0: none, and all before from.pos was written. */
	uint64_t dev;
	uint64_t ino;
	struct ledger_point from;
	struct ledger_point to;
};

/* Formats @ledger as LEDGER_SIZE bytes: a JSON object, padded with blanks, and a newline. */
void ledger_put(const struct ledger *ledger, char text[LEDGER_SIZE]);

/* Parses a ledger. Returns false if the text is not a ledger or contradicts itself. */
bool ledger_get(const char *text, size_t len, struct ledger *ledger);

/* The log as it was found, for ledger_resume(). */
struct ledger_found {
	bool exists;
	uint64_t dev;
	uint64_t ino;
	uint64_t size;
	uint64_t oldest; /* position of the oldest byte that can still be read */
};

enum ledger_verdict {
	LEDGER_EXACT,	  /* nobody changed the log */
	LEDGER_CUT_BACK,  /* truncate the log to the size at the point first */
	LEDGER_GREW,	  /* another program wrote to the log */
	LEDGER_TRUNCATED, /* another program truncated it */
	LEDGER_REPLACED,  /* it was moved or removed */
};

/* Finds where to continue. When in doubt, bytes are written twice rather than skipped. */
enum ledger_verdict ledger_resume(const struct ledger *ledger, const struct ledger_found *found,
				  struct ledger_point *at);

/* What is known of a port, to check a ledger against. */
struct ledger_truth {
	const char *base; /* what the names of its logs begin with */
	uint64_t oldest;  /* position of the oldest byte that can still be read */
	uint64_t newest;  /* position after the newest byte */
	bool live;
};

/* Returns why the ledger cannot be true of its port, or NULL. */
const char *ledger_wrong(const struct ledger *ledger, const struct ledger_truth *truth);

/* Reads the id of the host's current boot. Returns false if it cannot be read. */
#define LEDGER_BOOT_ID "/proc/sys/kernel/random/boot_id"
bool ledger_read_boot(char boot[LEDGER_BOOT_SIZE]);

/*
 * Renames a ledger to NAME.bad, so that it is no longer used but can be examined. If that fails,
 * the ledger is overwritten later.
 */
#define LEDGER_BAD ".bad"
bool ledger_put_aside(int dir, const char *name);

/* Returns 0; -ENOENT: none, or an empty file; -EBADMSG: not a ledger; or another negative errno. */
int ledger_load(int dir, const char *name, struct ledger *ledger);

/* Overwrites the file in place, with a single write. Returns 0 or a negative errno. */
int ledger_store(int fd, const struct ledger *ledger);

#endif /* KPL011_LEDGER_H */
