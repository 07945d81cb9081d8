/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of an interactive command, among the guest's output or on standard error. */
#ifndef NOTE_H
#define NOTE_H

struct drain;
struct vtfilter;

/* Where notes go: among the guest's output, if the user looks there, else to standard error. */
struct notes {
	struct drain *among;	 /* NULL: standard error */
	struct vtfilter *filter; /* with @among, so that a guest cannot hide a note; or NULL */
};

/* Says what happened: @fmt is one line without its end, and is made printable. */
void note(const struct notes *notes, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Says a further line that belongs to it. */
void note_more(const struct notes *notes, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
