/* SPDX-License-Identifier: GPL-2.0-only */
/* What an interactive command says for itself, beside the guest's output. */
#ifndef NOTE_H
#define NOTE_H

struct drain;
struct vtfilter;

/*
 * Where notes go: among the guest's output, if that is where people look, else
 * to standard error.
 */
struct notes {
	struct drain *among;	 /* NULL: standard error */
	struct vtfilter *filter; /* with @among: a guest can hide none of them; or NULL */
};

/* What happened. @fmt gives one line without its end; it is made printable. */
void note(const struct notes *notes, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A further line that belongs to it. */
void note_more(const struct notes *notes, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
