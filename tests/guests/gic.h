/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupt controller of -M virt, a GICv3 or a GICv2: just enough of it. */
#ifndef GIC_H
#define GIC_H

#define INTID_TIMER	27	/* the virtual timer's */
#define INTID_UART	33
#define INTID_NONE	1023

/* Lets these two through, the UART's as a level. */
void gic_start(void);

/* The one that is signalled, or INTID_NONE; gic_end() when it is served. */
unsigned int gic_acknowledge(void);
void gic_end(unsigned int intid);

#endif
