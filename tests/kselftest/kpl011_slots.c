// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the VMM puts over the page of a UART whose reads need not trap,
 * beside it and under it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "fixture_page.h"

/* The VMM puts memory there: it is the guest's, and no page goes over it. */
TEST_F(page, memory_of_the_vmm_goes_first)
{
	uint32_t *memory = mmap(NULL, KPL011_MMIO_SIZE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t value;

	ASSERT_NE(MAP_FAILED, (void *)memory);
	memory[PL011_FR / 4] = 0x12345678;
	ASSERT_EQ(0, vm_set_slot(&self->vm, 5, VM_UART_GPA, memory, KPL011_MMIO_SIZE));
	ASSERT_EQ(0, vm_load(&self->vm, REG(PL011_FR), 4, &value, MANY));
	EXPECT_EQ(0x12345678, value);
	EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
	ASSERT_EQ(0, vm_set_slot(&self->vm, 5, VM_UART_GPA, memory, 0));
	EXPECT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
	munmap(memory, KPL011_MMIO_SIZE);
}

/*
 * A slot that comes, moves, changes or goes elsewhere costs nobody the page; one
 * that covers it and much more takes it.
 */
TEST_F(page, memory_elsewhere_leaves_it_mapped)
{
	const uint64_t size = 16 * KPL011_MMIO_SIZE;
	struct kvm_userspace_memory_region region = {
		.slot = 5, .memory_size = size,
	};
	/* Where it ends at the page, begins behind it, and is far away. */
	const uint64_t at[] = { VM_UART_GPA - size, VM_UART_GPA + KPL011_MMIO_SIZE,
				0x50000000 };
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kpl011_info info;
	unsigned int i, round;
	uint64_t before;

	ASSERT_NE(MAP_FAILED, memory);
	region.userspace_addr = (uintptr_t)memory;
	ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
	before = reads(self->fd);
	for (i = 0; i < 3; i++) {
		region.guest_phys_addr = at[i];
		/* New, or moved; then with a log of what is dirty, and without. */
		for (round = 0; round < 3; round++) {
			region.flags = round == 1 ? KVM_MEM_LOG_DIRTY_PAGES : 0;
			ASSERT_EQ(0, ioctl(self->vm.fd, KVM_SET_USER_MEMORY_REGION,
					   &region));
			EXPECT_EQ(0, load(&self->vm, at[i], 4));
			EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
		}
	}
	ASSERT_EQ(0, vm_set_slot(&self->vm, 5, at[2], memory, 0));
	EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
	EXPECT_EQ(before, reads(self->fd));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(KPL011_PAGE_MAPPED, info.page);
	EXPECT_EQ(1, info.page_maps);
	EXPECT_EQ(0, info.page_unmaps);
	/* With its last page over it, with its first, and with one in between. */
	for (i = 0; i < 3; i++) {
		const uint64_t first = VM_UART_GPA -
			(i == 0 ? size - KPL011_MMIO_SIZE : i == 1 ? 0 : size / 2);

		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, first, memory, size));
		EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
		EXPECT_EQ(0, load(&self->vm, REG(PL011_FR), 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, first, memory, 0));
		ASSERT_EQ(0, port_info(self->fd, &info));
		EXPECT_EQ(i + 1, info.page_unmaps);
	}
	munmap(memory, size);
}

/* And put over a page that is mapped it is the guest's from the first access on. */
TEST_F(page, memory_that_comes_later_gets_what_the_guest_stores)
{
	const uint64_t elsewhere = 0x50000000;
	uint32_t *memory = mmap(NULL, KPL011_MMIO_SIZE, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int round;

	ASSERT_NE(MAP_FAILED, (void *)memory);
	for (round = 0; round < 20; round++) {
		uint32_t *word = memory + PL011_IBRD / 4 + round;

		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		*word = 0x11111111;
		/* Every second one was elsewhere before, and is moved. */
		if (round % 2)
			ASSERT_EQ(0, vm_set_slot(&self->vm, 5, elsewhere, memory,
						 KPL011_MMIO_SIZE));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, VM_UART_GPA, memory, KPL011_MMIO_SIZE));
		EXPECT_EQ(KPL011_PAGE_UNMAPPED, page(self->fd));
		if (round % 3)
			EXPECT_EQ(0x11111111, load(&self->vm, VM_UART_GPA +
						   (uintptr_t)word % KPL011_MMIO_SIZE, 4));
		ASSERT_EQ(0, vm_store(&self->vm, VM_UART_GPA + (uintptr_t)word % KPL011_MMIO_SIZE,
				      4, 0xabcd + round, 1));
		EXPECT_EQ(0xabcd + round, *word);
		ASSERT_EQ(1, write(self->fd, "x", 1));
		EXPECT_EQ(0xabcd + round, load(&self->vm, VM_UART_GPA +
					       (uintptr_t)word % KPL011_MMIO_SIZE, 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, VM_UART_GPA, memory, 0));
		EXPECT_EQ('x', load(&self->vm, REG(PL011_DR), 4));
	}
	munmap(memory, KPL011_MMIO_SIZE);
}

/* Whether the kernel has warned of anything (Documentation/admin-guide/tainted-kernels.rst). */
static long warned(void)
{
	char line[32] = "";
	int fd = open("/proc/sys/kernel/tainted", O_RDONLY);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) <= 0)
		line[0] = '\0';
	close(fd);
	return atol(line) & 1 << 9;
}

/* KVM maps it as one block, over the tables of the page, or breaks such a block up for it. */
TEST_F(page, huge_pages_over_beside_and_under_it_are_only_that)
{
	const uint64_t huge = 2 << 20, block = VM_UART_GPA & ~(huge - 1);
	long before = warned();
	unsigned int round;
	char *memory;

	memory = mmap(NULL, 4 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, memory);
	memory = (char *)(((uintptr_t)memory + huge - 1) & ~(huge - 1));
	madvise(memory, 3 * huge, MADV_HUGEPAGE);
	memset(memory, 0x5a, 3 * huge);
	for (round = 0; round < 4; round++) {
		/* Under: a block where the page comes next. */
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block, memory, huge));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, block + 0x2000, 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block, memory, 0));
		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		/* Beside: the next block, and pages before and behind it. */
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block + huge, memory + huge, huge));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 6, VM_UART_GPA + 0x1000, memory + 0x1000,
					 0x1000));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, block + huge, 4));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, VM_UART_GPA + 0x1000, 4));
		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 6, VM_UART_GPA + 0x1000, memory, 0));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block + huge, memory + huge, 0));
		/* Over. */
		ASSERT_EQ(0, poll_until_mapped(&self->vm, self->fd));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block, memory, huge));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, VM_UART_GPA + 0x1000, 4));
		EXPECT_EQ(0x5a5a5a5a, load(&self->vm, REG(PL011_FR), 4));
		ASSERT_EQ(0, vm_set_slot(&self->vm, 5, block, memory, 0));
		EXPECT_EQ(0x97, load(&self->vm, REG(PL011_FR), 4));
	}
	EXPECT_EQ(before, warned());
}

TEST_HARNESS_MAIN
