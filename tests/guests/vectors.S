/* SPDX-License-Identifier: GPL-2.0-only */
/* Exception vectors: interrupts go to irq_entry(), all else is a failure. */
	.text
	.balign 2048
	.globl vectors
vectors:
	.rept 5
	.balign 128
	b	unexpected
	.endr
	.balign 128
	b	irq			/* of the current EL, with its own stack */
	.rept 10
	.balign 128
	b	unexpected
	.endr

irq:
	stp	x0, x1, [sp, #-176]!
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x29, [sp, #144]
	str	x30, [sp, #160]
	bl	irq_entry
	ldr	x30, [sp, #160]
	ldp	x18, x29, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #176
	eret

unexpected:
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	bl	exception_entry
1:	wfi
	b	1b
