/* SPDX-License-Identifier: GPL-2.0-only */
/* What the stress programs share: chance, time, and how they say that they failed. */
#ifndef KPL011_STRESS_COMMON_H
#define KPL011_STRESS_COMMON_H

#define PRINTF(n)	__attribute__((format(printf, n, n + 1)))

/* What is done from now on, for fail(). */
void doing(const char *fmt, ...) PRINTF(1);
/* Print "not ok", what was done and why it failed, and end the process. */
void fail(const char *fmt, ...) PRINTF(1) __attribute__((noreturn));

/* Seconds of CLOCK_MONOTONIC. */
double now(void);
/* Sleep, for less than a second. */
void nap(unsigned int us);
/* A random number from 0 to @n - 1. */
unsigned int below(unsigned int *seed, unsigned int n);

#endif
