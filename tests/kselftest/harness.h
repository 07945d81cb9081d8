/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's harness, with time for a kernel that checks itself, in an emulator. */
#ifndef KPL011_TEST_HARNESS_H
#define KPL011_TEST_HARNESS_H

#include "../kselftest_harness.h"

/*
 * Seconds that a case may take, whatever it does: more than any needs, on the slowest kernel
 * beside the busiest neighbours. It ends what hangs, and decides nothing else.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 1200

/* Seconds in which what happens soon has happened, there as well. Only what fails takes them. */
#define SURELY 120

#endif
