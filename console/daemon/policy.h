/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon does with which guest: an INI file, kpl011.conf(5).
 *
 * [daemon] is about all of it, [owner PATTERN] about all logs of a user's guests,
 * [defaults] and [guest PATTERN] are about guests:
 * the settings of each section that a guest matches hold, those of a later one
 * before those of an earlier. [alerts] and [alert NAME] say what is looked for.
 */
#ifndef KPL011_POLICY_H
#define KPL011_POLICY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define POLICY_PATH "/etc/kpl011/kpl011.conf"

/* Of policy_decision.value[]: flags are 0 or 1, ages are in seconds, 0 is no limit. */
enum policy_setting {
	POLICY_ATTACH,
	POLICY_GPA,
	POLICY_INTID,
	POLICY_HISTORY, /* bytes */
	POLICY_STRICT,
	POLICY_PAGE, /* 0: as the module's parameter says */
	POLICY_LOG,  /* enum policy_log */
	POLICY_ROTATE_SIZE,
	POLICY_ROTATE_AGE,
	POLICY_KEEP_FILES,
	POLICY_KEEP_SIZE,
	POLICY_KEEP_AGE,
	POLICY_COMPRESS,
	POLICY_LOSSLESS,
	POLICY_REAP,
	POLICY_SETTINGS,
};

enum policy_log {
	POLICY_LOG_RAW = 1,
	POLICY_LOG_CLEAN = 2,
	POLICY_LOG_JOURNAL = 4,
	POLICY_LOG_JSON = 8,
};

/* Of all logs, and of those of each owner. */
enum policy_limit {
	POLICY_BUDGET, /* bytes on the disk */
	POLICY_FILES,
	POLICY_GUESTS, /* that have logs */
	POLICY_LIMITS,
};

struct policy_decision {
	uint64_t value[POLICY_SETTINGS];
	uint64_t alerts; /* of policy.alerts, a bit for each */
};

/* The patterns of command lines that one has met, without the command line. Zeroes: none. */
struct policy_met {
	char *patterns; /* argz(3) */
	size_t len;
};

void policy_met_free(struct policy_met *met);

/*
 * What is known about a guest. What is NULL is not known, and matches nothing. The owner
 * of a guest chooses @name, @command and @uuid, and @gpa if the owner attached it.
 */
struct policy_guest {
	const char *name;
	const char *user;
	uid_t uid;		/* valid with @user */
	const char *command;	/* the words of its process with blanks between */
	struct policy_met *met; /* is told which it meets; without a command it is gone by that */
	const char *uuid;	/* of its process' command line */
	const char *unit;	/* of systemd's */
	const char *cgroup;	/* from / */
	uint64_t gpa;		/* of its port, or 0: it has none yet */
};

struct alertrules;
struct policy_rule;
struct policy_owner;

struct policy {
	char directory[PATH_MAX];	/* empty: not said */
	char journal[PATH_MAX];		/* the socket */
	char metrics[PATH_MAX];		/* the file; empty: none is written */
	bool metrics_guests;		/* with those of each guest */
	uint64_t limits[POLICY_LIMITS]; /* of all logs; 0: none */
	uid_t plain;			/* whose guests' logs have no owner in their names */
	struct policy_rule *rules;
	size_t count;
	struct policy_owner *owners; /* sections */
	size_t owner_count;
	bool asks_command; /* some section does */
	bool asks_uuid;
	bool asks_cgroup;	   /* or for the unit, which is told by it */
	struct alertrules *alerts; /* NULL: none was spoken of, and no guest has one */
};

/* Told of each line that is wrong. */
typedef void policy_wrong_cb(size_t line, const char *why, void *arg);

/* What holds without a file. */
void policy_init(struct policy *policy);

/**
 * policy_parse - read a policy
 * @policy: what policy_init() gave
 * @text: the file
 * @len: its bytes
 * @wrong: is called for what is wrong
 * @arg: for @wrong
 *
 * Return: 0; -EINVAL: something is wrong; -ENOMEM
 */
int policy_parse(struct policy *policy, const char *text, size_t len, policy_wrong_cb *wrong,
		 void *arg);

/* The same of a file. -EINVAL: it has said what; another errno: it cannot be read. */
int policy_read(struct policy *policy, const char *path);

void policy_free(struct policy *policy);

/* Tells each section that no guest or user can ever match, and why; returns how many these are. */
size_t policy_never(const struct policy *policy, policy_wrong_cb *tell, void *arg);

/* The same, on stderr, of the file at @path. */
size_t policy_say_never(const struct policy *policy, const char *path);

void policy_decide(const struct policy *policy, const struct policy_guest *guest,
		   struct policy_decision *decision);

/* What all logs of an owner may have: a user, by number and name. 0: as they like. */
void policy_owner_limits(const struct policy *policy, uid_t uid, const char *user,
			 uint64_t limits[POLICY_LIMITS]);

/* "attach" for POLICY_ATTACH; and its value as the file has it. */
#define POLICY_TEXT_SIZE 64
const char *policy_name(enum policy_setting setting);
const char *policy_text(enum policy_setting setting, uint64_t value, char text[POLICY_TEXT_SIZE]);

#endif /* KPL011_POLICY_H */
