/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was written of a guest's output, kept in a file, so that whoever comes
 * after a kill goes on at the right byte. One for each log of each port.
 *
 * Before each write it says from where to where the log and the position are
 * about to go; the log's size tells afterwards how far it came. Pure, but for
 * ledger_load() and ledger_store().
 */
#ifndef KPL011_LEDGER_H
#define KPL011_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/logname.h"

/* Bytes of the file, always. */
#define LEDGER_SIZE 1024

/* Bytes of a boot's id, a UUID, with its NUL. */
#define LEDGER_BOOT_SIZE 40

/* A port, among those of all boots and all loads of the module. */
struct ledger_port {
	char boot[LEDGER_BOOT_SIZE];
	uint32_t id;
	uint64_t attach_ns;
	int64_t uid; /* its owner; LEDGER_NO_UID: a ledger of before it was noted */
};

#define LEDGER_NO_UID (-1)

/* A place in the log and in the guest's output. */
struct ledger_point {
	uint64_t size; /* of the log */
	uint64_t pos;  /* of the next byte: of text, where no sequence is under way */
	bool in_line;  /* of a clean log: the line there has begun */
};

struct ledger {
	struct ledger_port port;
	char base[LOGNAME_SIZE]; /* what the log's name begins with */
	bool exact;		 /* the write adds each byte as it is */
	bool done;		 /* the guest is gone, and all was written */
	/* Which file. 0: none, all before from.pos is in files. */
	uint64_t dev;
	uint64_t ino;
	struct ledger_point from;
	struct ledger_point to;
};

/* LEDGER_SIZE bytes of text: a JSON object, and blanks up to a newline. */
void ledger_put(const struct ledger *ledger, char text[LEDGER_SIZE]);

/* Reads it; false: it is none, or cannot be true. */
bool ledger_get(const char *text, size_t len, struct ledger *ledger);

/* What is known of a log as it is found, for ledger_resume(). */
struct ledger_found {
	bool exists;
	uint64_t dev;
	uint64_t ino;
	uint64_t size;
	uint64_t oldest; /* position of the oldest byte that is still to be had */
};

enum ledger_verdict {
	LEDGER_EXACT,	  /* nothing happened to the log */
	LEDGER_CUT_BACK,  /* it is to be cut to the size of the point first */
	LEDGER_GREW,	  /* another has written to it */
	LEDGER_TRUNCATED, /* by another */
	LEDGER_REPLACED,  /* it was moved or removed */
};

/* Where to go on. Never behind what was not written: rather some bytes come twice. */
enum ledger_verdict ledger_resume(const struct ledger *ledger, const struct ledger_found *found,
				  struct ledger_point *at);

/* What is known of a port, to judge a ledger of it by. */
struct ledger_truth {
	const char *base; /* what its logs begin with */
	uint64_t oldest;  /* position of the oldest byte that is still to be had */
	uint64_t newest;  /* of the one behind the newest */
	bool live;
};

/* Why it cannot be true of its port, or NULL. */
const char *ledger_wrong(const struct ledger *ledger, const struct ledger_truth *truth);

/* This boot of the host; false: it cannot be read. */
#define LEDGER_BOOT_ID "/proc/sys/kernel/random/boot_id"
bool ledger_read_boot(char boot[LEDGER_BOOT_SIZE]);

/*
 * Gives it another name, NAME.bad: nobody goes by it, and who wants to can look at it. One that
 * cannot be renamed is written over.
 */
#define LEDGER_BAD ".bad"
bool ledger_put_aside(int dir, const char *name);

/* 0; -ENOENT: there is none, or an empty one; -EBADMSG: it is none; a negative errno. */
int ledger_load(int dir, const char *name, struct ledger *ledger);

/* Written at once, in place. 0 or a negative errno. */
int ledger_store(int fd, const struct ledger *ledger);

#endif /* KPL011_LEDGER_H */
