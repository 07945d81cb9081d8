/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where one key ends and the next begins in what a terminal sends: a character, CSI or SS3
 * with what belongs to it (ECMA-48, 5.4), any of these behind an ESC of Alt. It need not be
 * known what the key is. What a terminal says by itself, like the mark of a paste, has no
 * Alt: an ESC before it is a key of its own. Pure.
 */
#ifndef KPL011_KEYSEQ_H
#define KPL011_KEYSEQ_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

/* Of no key more bytes are waited for. */
#define KEYSEQ_MAX 256

/* Room for the text of a key. */
#define KEYSEQ_TEXT_SIZE 32

struct keyseq {
	int apart;	 /* a byte that is a key by itself, behind an ESC too; -1: none */
	bool x10;	 /* CSI M has three bytes of the mouse behind it */
	locale_t locale; /* of the terminal; (locale_t)0: UTF-8 */
};

/**
 * keyseq_length - how many bytes the first key has
 * @seq: what is known of the terminal
 * @bytes: what came of it
 * @len: how many, at least 1
 * @ended: no more comes in time: what is there is all
 *
 * Return: 0 if the end of the key may be missing, and not @ended
 */
size_t keyseq_length(const struct keyseq *seq, const unsigned char *bytes, size_t len, bool ended);

/*
 * How long the rest of a key is waited for, ms: not long for one that may be an Esc of a
 * person. No person types the others so fast: they were cut on their way.
 */
unsigned int keyseq_wait_ms(const unsigned char *bytes, size_t len);

/* A whole key as it is told: "Alt-x", "Esc [25;2~", "\xe4". */
const char *keyseq_text(const unsigned char *bytes, size_t len, char text[KEYSEQ_TEXT_SIZE]);

#endif /* KPL011_KEYSEQ_H */
