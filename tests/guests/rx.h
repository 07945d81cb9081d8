/* SPDX-License-Identifier: GPL-2.0-only */
/* Input by interrupt: what a handler took, and what it should be. */
#ifndef RX_H
#define RX_H

#include "check.h"

/* 62 bytes, all different. */
extern const char rx_text[];

/* Begins a check: the host sends the first @n bytes of rx_text. */
void rx_ask(unsigned int n);

/* Begins a check of bytes that are there already. */
void rx_expect(unsigned int n);

/* A handler took this from DR. */
void rx_took(uint32_t ch);

/* Takes what FR says is there, as Linux does. */
void rx_drain(void);

/* Sleeps until as many came, or a wrong one; false when some are stranded. */
bool rx_wait(void);

/* NULL, or what was wrong with what came. */
const char *rx_wrong(void);

#endif
