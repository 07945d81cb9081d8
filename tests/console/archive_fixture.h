/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of archive.c share. */
#ifndef ARCHIVE_FIXTURE_H
#define ARCHIVE_FIXTURE_H

#include "cmocka_all.h"

#include "daemon/archive.h"

/* Adds a file that is not packed. */
struct archive_file *add(struct archive *archive, const char *base, bool clean, uint64_t seq,
			 int64_t time, uint64_t bytes);

/* The oldest file of who gives, or NULL. */
struct archive_file *victim(struct archive *archive);

#endif /* ARCHIVE_FIXTURE_H */
