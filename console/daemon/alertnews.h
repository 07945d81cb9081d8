/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an alert reports: a guest, the text that matched, and the lines around it. Text is UTF-8
 * without control characters. Pure.
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

/* A guest's last lines, including the one that matched; and bytes of each with its NUL. */
#define ALERTNEWS_LINES 10
#define ALERTNEWS_LINE_SIZE 512

/* Bytes of the lines after a match, for one alert and for all guests of one owner. */
#define ALERTNEWS_AFTER_MAX ((size_t)32 << 10)
#define ALERTNEWS_AFTER_ALL_MAX ((size_t)4 << 20)

struct alertbook_entry;

struct alertnews {
	struct alertbook_entry *entry; /* its entry in the book */
	char guest[SOURCE_NAME_SIZE];
	uid_t uid;
	char user[USER_NAME_SIZE];
	char boot[LEDGER_BOOT_SIZE];
	uint32_t port;
	pid_t pid;
	uint64_t pos;	 /* of the byte after the match */
	int64_t real_ns; /* since 1970; 0: not known */
	char match[ALERTNEWS_LINE_SIZE];
	char lines[ALERTNEWS_LINES * ALERTNEWS_LINE_SIZE]; /* with newlines between */
	char *after;	   /* the lines after it, each with a newline before it; NULL: none */
	size_t after_len;  /* bytes of it */
	size_t *after_all; /* the same for all of its owner's alerts */
	bool waits;	   /* it waits for lines: it is not to be sent yet, nor freed */
};

/* @after_all: the owner's sum, which must outlive it. NULL: no memory. */
struct alertnews *alertnews_new(size_t *after_all);
void alertnews_free(struct alertnews *news);

/*
 * Copies text, cut at a whole character, with a blank for each tab: it may become part of an
 * environment. Returns the bytes at @to without the NUL.
 */
size_t alertnews_text(char *to, size_t size, const char *text, size_t len);

/*
 * Sets the text that matched: of a long line, the part from @start on with some of what precedes
 * it.
 */
void alertnews_match(struct alertnews *news, const char *text, size_t len, size_t start);

/* The line has grown since: what matched becomes all of it, unless it was overwritten. */
void alertnews_rematch(struct alertnews *news, const char *text, size_t len, size_t start);

/* Adds a line after the match. False: there is no room for it. */
bool alertnews_add(struct alertnews *news, const char *text, size_t len);

#endif /* KPL011_ALERTNEWS_H */
