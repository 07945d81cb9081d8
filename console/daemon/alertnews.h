/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an alert tells of: a guest, what it printed that matched, and the lines around it.
 * Text is UTF-8 without controls. Pure.
 */
#ifndef KPL011_ALERTNEWS_H
#define KPL011_ALERTNEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/users.h"
#include "daemon/ledger.h"
#include "source/source.h"

/* The last lines of a guest, with that which matched, and bytes of each with its NUL. */
#define ALERTNEWS_LINES 10
#define ALERTNEWS_LINE_SIZE 512

/* Bytes of the lines that follow, of one alert and of all of an owner's guests. */
#define ALERTNEWS_AFTER_MAX ((size_t)32 << 10)
#define ALERTNEWS_AFTER_ALL_MAX ((size_t)4 << 20)

struct alertbook_entry;

struct alertnews {
	struct alertbook_entry *entry; /* that it is of, in the book */
	char guest[SOURCE_NAME_SIZE];
	uid_t uid;
	char user[USER_NAME_SIZE];
	char boot[LEDGER_BOOT_SIZE];
	uint32_t port;
	pid_t pid;
	uint64_t pos;	 /* behind what matched */
	int64_t real_ns; /* since 1970; 0: not known */
	char match[ALERTNEWS_LINE_SIZE];
	char lines[ALERTNEWS_LINES * ALERTNEWS_LINE_SIZE]; /* with newlines between */
	char *after;	   /* the lines that follow, with a newline before each; NULL: none */
	size_t after_len;  /* bytes of it */
	size_t *after_all; /* the same of all of its owner's */
	bool waits;	   /* for what follows: it is not to be told yet, nor freed */
};

/* NULL: no memory. @after_all: stays. */
struct alertnews *alertnews_new(size_t *after_all);
void alertnews_free(struct alertnews *news);

/*
 * Whole characters, and blanks for tabs: it may become part of an environment. Returns the
 * bytes at @to without the NUL.
 */
size_t alertnews_text(char *to, size_t size, const char *text, size_t len);

/* What matched: of a long line from @start on, with some of what is before. */
void alertnews_match(struct alertnews *news, const char *text, size_t len, size_t start);

/* The line has gone on since: what matched is all of it, unless it was printed over. */
void alertnews_rematch(struct alertnews *news, const char *text, size_t len, size_t start);

/* A line that follows. False: there is no room for it. */
bool alertnews_add(struct alertnews *news, const char *text, size_t len);

#endif /* KPL011_ALERTNEWS_H */
