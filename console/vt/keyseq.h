/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Splits what a terminal sends into keys, without knowing what they mean: a character, a CSI
 * or SS3 sequence (ECMA-48, 5.4), or either after the ESC of Alt. Reports that a terminal
 * sends by itself, like the mark of a paste, never have an Alt: an ESC before one is the key
 * Esc. Pure.
 */
#ifndef KPL011_KEYSEQ_H
#define KPL011_KEYSEQ_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

/* Bytes of the longest key; a longer sequence is cut here. */
#define KEYSEQ_MAX 256

/* Size of a key's text, including its NUL. */
#define KEYSEQ_TEXT_SIZE 32

struct keyseq {
	int apart;	 /* a byte that is always a key of its own, even after ESC; -1: none */
	bool x10;	 /* three bytes of the mouse follow CSI M */
	locale_t locale; /* of the terminal; (locale_t)0: UTF-8 */
};

/**
 * keyseq_length - how many bytes the first key has
 * @seq: what is known of the terminal
 * @bytes: what the terminal has sent
 * @len: number of bytes, at least 1
 * @ended: the time to wait for more is over: these bytes are all
 *
 * Return: the length; 0 if the key may be incomplete and not @ended
 */
size_t keyseq_length(const struct keyseq *seq, const unsigned char *bytes, size_t len, bool ended);

/*
 * How many ms to wait for the rest of a key: not many if a person may have pressed Esc.
 * Nobody types any other incomplete sequence by hand: it was split on its way.
 */
unsigned int keyseq_wait_ms(const unsigned char *bytes, size_t len);

/* A whole key as text for messages: "Alt-x", "Esc [25;2~", "\xe4". */
const char *keyseq_text(const unsigned char *bytes, size_t len, char text[KEYSEQ_TEXT_SIZE]);

#endif /* KPL011_KEYSEQ_H */
