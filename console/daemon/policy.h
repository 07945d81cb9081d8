/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy says what the daemon does with which guest. It is an INI file,
 * kpl011.conf(5).
 *
 * [daemon] applies to the daemon as a whole, and [owner PATTERN] to all logs of
 * a user's guests. [defaults] and [guest PATTERN] apply to guests: a guest gets
 * the settings of all sections that it matches, and a later section overrides
 * an earlier one. [alerts] and [alert NAME] say what to look for in output.
 */
#ifndef KPL011_POLICY_H
#define KPL011_POLICY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define POLICY_PATH "/etc/kpl011/kpl011.conf"

/* Index of policy_decision.value[]. Flags are 0 or 1, ages are in seconds, 0 is no limit. */
enum policy_setting {
	POLICY_ATTACH,
	POLICY_GPA,
	POLICY_INTID,
	POLICY_HISTORY, /* bytes */
	POLICY_STRICT,
	POLICY_PAGE, /* 0: as the module's parameter says */
	POLICY_LOG,  /* bits of enum policy_log */
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

/* Limits of all logs together, and of those of each owner. */
enum policy_limit {
	POLICY_BUDGET, /* bytes on the disk */
	POLICY_FILES,
	POLICY_GUESTS, /* guests with logs */
	POLICY_LIMITS,
};

struct policy_decision {
	uint64_t value[POLICY_SETTINGS];
	uint64_t alerts; /* a bit for each of policy.alerts */
};

/*
 * The command line patterns that a guest has matched, kept in place of the command line. Initialize
 * it to zeroes.
 */
struct policy_met {
	char *patterns; /* an argz(3) vector */
	size_t len;
};

void policy_met_free(struct policy_met *met);

/*
 * What is known of a guest. NULL: not known, and matches nothing. @name, @command and @uuid are
 * chosen by the guest's owner, and so is @gpa if the owner attached it.
 */
struct policy_guest {
	const char *name;
	const char *user;
	uid_t uid;		/* only valid with @user */
	const char *command;	/* words of its process, separated by blanks */
	struct policy_met *met; /* the patterns that @command met; used if that is NULL */
	const char *uuid;	/* from the command line of its process */
	const char *unit;	/* of systemd */
	const char *cgroup;	/* path, beginning with / */
	uint64_t gpa;		/* of its port; 0: it has none yet */
};

struct alertrules;
struct policy_rule;
struct policy_owner;

struct policy {
	char directory[PATH_MAX];	/* empty: not set */
	char journal[PATH_MAX];		/* the socket */
	char metrics[PATH_MAX];		/* the file; empty: none is written */
	bool metrics_guests;		/* include those of each guest */
	uint64_t limits[POLICY_LIMITS]; /* of all logs; 0: none */
	uid_t plain;			/* uid whose guests' logs have no owner in their names */
	struct policy_rule *rules;
	size_t count;
	struct policy_owner *owners; /* sections */
	size_t owner_count;
	bool asks_command; /* some section has a condition on it */
	bool asks_uuid;
	bool asks_cgroup;	   /* or on the unit, which is taken from it */
	struct alertrules *alerts; /* NULL: not mentioned, and no guest has any */
};

/* Called for each line that is wrong. */
typedef void policy_wrong_cb(size_t line, const char *why, void *arg);

/* Sets the defaults, as without a file. */
void policy_init(struct policy *policy);

/**
 * policy_parse - read a policy
 * @policy: as policy_init() left it
 * @text: the file's text
 * @len: its bytes
 * @wrong: is called for each line that is wrong
 * @arg: for @wrong
 *
 * Return: 0; -EINVAL: something is wrong; -ENOMEM
 */
int policy_parse(struct policy *policy, const char *text, size_t len, policy_wrong_cb *wrong,
		 void *arg);

/*
 * The same for a file. Returns 0; -EINVAL if something is wrong, which is reported; or another
 * negative errno if it cannot be read.
 */
int policy_read(struct policy *policy, const char *path);

void policy_free(struct policy *policy);

/*
 * Calls @tell for each section that no guest or user can ever match, with the reason. Returns the
 * number of these sections.
 */
size_t policy_never(const struct policy *policy, policy_wrong_cb *tell, void *arg);

/* The same for the file at @path, printed on stderr. */
size_t policy_say_never(const struct policy *policy, const char *path);

void policy_decide(const struct policy *policy, const struct policy_guest *guest,
		   struct policy_decision *decision);

/* Gets the limits of all logs of an owner, given by number and name. 0: no limit. */
void policy_owner_limits(const struct policy *policy, uid_t uid, const char *user,
			 uint64_t limits[POLICY_LIMITS]);

/* The setting's name in the file, such as "attach"; and its value as the file would have it. */
#define POLICY_TEXT_SIZE 64
const char *policy_name(enum policy_setting setting);
const char *policy_text(enum policy_setting setting, uint64_t value, char text[POLICY_TEXT_SIZE]);

#endif /* KPL011_POLICY_H */
