/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of the bare-metal guests: a stack, then C. Without an image header QEMU loads the
 * image 512 KiB into RAM, with the MMU off.
 */
	.section .text.start, "ax"
	.globl _start
_start:
	adrp	x0, stack_top
	add	x0, x0, :lo12:stack_top
	mov	sp, x0
	bl	main
1:	wfi
	b	1b

	.bss
	.balign 16
	.skip 4096
stack_top:
