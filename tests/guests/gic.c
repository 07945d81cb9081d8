// SPDX-License-Identifier: GPL-2.0-only
#include "gic.h"

#include <stdbool.h>
#include <stdint.h>

#define GICD	0x08000000UL
#define GICC	0x08010000UL	/* GICv2 */
#define GICR	0x080a0000UL	/* GICv3, of the first CPU */

#define REG(base, offset)	(*(volatile uint32_t *)((base) + (offset)))

#define GICD_CTLR	0x000
#define GICD_IGROUPR	0x080
#define GICD_ISENABLER	0x100
#define GICD_IPRIORITYR	0x400
#define GICD_ITARGETSR	0x800
#define GICD_ICFGR	0xc00
#define GICR_WAKER	0x014
#define GICR_SGI	0x10000	/* the page of SGIs and PPIs, laid out as GICD */
#define GICC_CTLR	0x000
#define GICC_PMR	0x004
#define GICC_IAR	0x00c
#define GICC_EOIR	0x010

#define WAKER_SLEEP	0x2
#define WAKER_ASLEEP	0x4

/* ID_AA64PFR0_EL1.GIC: the CPU interface has system registers. */
static bool is_v3(void)
{
	unsigned long features;

	asm("mrs %0, id_aa64pfr0_el1" : "=r" (features));
	return features >> 24 & 0xf;
}

static void set_bit(unsigned long registers, unsigned int intid)
{
	REG(registers, intid / 32 * 4) |= 1U << intid % 32;
}

static void let_through(unsigned long base, unsigned int intid)
{
	*(volatile uint8_t *)(base + GICD_IPRIORITYR + intid) = 0x80;
	REG(base, GICD_ICFGR + intid / 16 * 4) &= ~(2U << intid % 16 * 2);
	REG(base, GICD_ISENABLER + intid / 32 * 4) = 1U << intid % 32;
}

static void start_v3(void)
{
	REG(GICD, GICD_CTLR) = 0x12; /* ARE, group 1 */
	set_bit(GICD + GICD_IGROUPR, INTID_UART);
	let_through(GICD, INTID_UART); /* GICD_IROUTER: the first CPU */

	REG(GICR, GICR_WAKER) &= ~WAKER_SLEEP;
	while (REG(GICR, GICR_WAKER) & WAKER_ASLEEP)
		;
	set_bit(GICR + GICR_SGI + GICD_IGROUPR, INTID_TIMER);
	let_through(GICR + GICR_SGI, INTID_TIMER);

	asm volatile("msr S3_0_C12_C12_5, %0\n\t" /* ICC_SRE_EL1 */
		     "isb\n\t"
		     "msr S3_0_C4_C6_0, %1\n\t" /* ICC_PMR_EL1 */
		     "msr S3_0_C12_C12_7, %0\n\t" /* ICC_IGRPEN1_EL1 */
		     "isb" : : "r" (1UL), "r" (0xffUL) : "memory");
}

static void start_v2(void)
{
	*(volatile uint8_t *)(GICD + GICD_ITARGETSR + INTID_UART) = 1;
	let_through(GICD, INTID_UART);
	let_through(GICD, INTID_TIMER);
	REG(GICD, GICD_CTLR) = 1;
	REG(GICC, GICC_PMR) = 0xff;
	REG(GICC, GICC_CTLR) = 1;
}

void gic_start(void)
{
	if (is_v3())
		start_v3();
	else
		start_v2();
}

unsigned int gic_acknowledge(void)
{
	unsigned long intid;

	if (!is_v3())
		return REG(GICC, GICC_IAR) & 0x3ff;
	asm volatile("mrs %0, S3_0_C12_C12_0\n\t" /* ICC_IAR1_EL1 */
		     "dsb sy" : "=r" (intid) : : "memory");
	return intid;
}

void gic_end(unsigned int intid)
{
	if (!is_v3())
		REG(GICC, GICC_EOIR) = intid;
	else
		asm volatile("msr S3_0_C12_C12_1, %0\n\t" /* ICC_EOIR1_EL1 */
			     "isb" : : "r" ((unsigned long)intid) : "memory");
}
