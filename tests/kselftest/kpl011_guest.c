// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests in C, on the library of KVM's own tests: they have a GIC, and their
 * interrupts arrive.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sizes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kvm_util.h"
#include "processor.h"
#include "gic.h"
#include "vgic.h"

#undef ASSERT_EQ	/* of the library: the harness has its own */
#include "harness.h"

#include "port.h"

/* The library of newer kernels knows these itself. */
#ifdef GICD_BASE_GPA
#define setup_gic(vm, cpus)	vgic_v3_setup(vm, cpus, SPIS + 32)
#define guest_gic_init(cpus)	gic_init(GIC_V3, cpus)
#else
#define GICD_BASE_GPA		0x08000000ull
#define GICR_BASE_GPA		0x080a0000ull
#define setup_gic(vm, cpus)	(ucall_init(vm, NULL), \
				 vgic_v3_setup(vm, cpus, SPIS + 32, GICD_BASE_GPA, GICR_BASE_GPA))
#define guest_gic_init(cpus)	gic_init(GIC_V3, cpus, (void *)GICD_BASE_GPA, (void *)GICR_BASE_GPA)
#endif

#define SPIS		64
#define GICD_ICFGR	0xc00		/* 16 INTIDs in each: 0 is level */
#define HALF_FIFO	16

#define END		0x04		/* the guest ends when it is sent this */
#define PROMPT		'>'		/* the guest takes input from now on */
#define PRINTED		100000		/* more than a ring holds */
#define PRINTED_EACH	20000
#define RECEIVED	8000

/*
 * Guest
 */

static volatile bool ended;
static volatile uint32_t printed;
static volatile uint32_t received;

static uint32_t uart_read(unsigned int offset)
{
	return readl((void *)(uintptr_t)(KPL011_VIRT_GPA + offset));
}

static void uart_write(unsigned int offset, uint32_t value)
{
	writel(value, (void *)(uintptr_t)(KPL011_VIRT_GPA + offset));
}

static void take_interrupts(unsigned int which)
{
	guest_gic_init(1);
	writel(0, (void *)(GICD_BASE_GPA + GICD_ICFGR + KPL011_VIRT_INTID / 16 * 4));
	gic_irq_enable(KPL011_VIRT_INTID);
	uart_write(PL011_LCR_H, PL011_LCR_FEN | PL011_LCR_WLEN);
	uart_write(PL011_IMSC, which);
}

/* Sleeps until an interrupt was handled. */
static void halt(void)
{
	asm volatile("wfi" : : : "memory");
	local_irq_enable();
	isb();
	local_irq_disable();
}

static void echo(struct ex_regs *regs)
{
	unsigned int intid = gic_get_and_ack_irq();
	uint8_t byte;

	GUEST_ASSERT(intid == KPL011_VIRT_INTID);
	GUEST_ASSERT(uart_read(PL011_MIS));
	while (!(uart_read(PL011_FR) & PL011_FR_RXFE)) {
		byte = uart_read(PL011_DR);
		uart_write(PL011_DR, byte);
		if (byte == END)
			ended = true;
	}
	gic_set_eoi(intid);
}

static void guest_echoes(void)
{
	local_irq_disable();
	take_interrupts(PL011_INT_RX | PL011_INT_RT);
	uart_write(PL011_DR, PROMPT);
	while (!ended)
		halt();
	GUEST_DONE();
}

static uint8_t nth(uint32_t n)
{
	return n ^ n >> 8;
}

/* Half a FIFO from each interrupt, without a look at FR. */
static void print_more(struct ex_regs *regs)
{
	unsigned int intid = gic_get_and_ack_irq();
	unsigned int i;

	GUEST_ASSERT(intid == KPL011_VIRT_INTID);
	uart_write(PL011_ICR, PL011_INT_TX);
	for (i = 0; i < HALF_FIFO && printed < PRINTED; i++)
		uart_write(PL011_DR, nth(printed++));
	gic_set_eoi(intid);
}

static void guest_prints(void)
{
	local_irq_disable();
	take_interrupts(PL011_INT_TX);
	uart_write(PL011_DR, nth(printed++));
	while (printed < PRINTED)
		halt();
	GUEST_DONE();
}

/* Bytes that tell their vCPU and count up. */
static void guest_prints_beside_another(uint32_t cpu)
{
	uint32_t i;

	for (i = 0; i < PRINTED_EACH; i++) {
		while (uart_read(PL011_FR) & PL011_FR_TXFF)
			;
		uart_write(PL011_DR, cpu << 7 | (i & 0x7f));
	}
	GUEST_DONE();
}

/* Every byte is taken by one of them, and sent back by that one. */
static void guest_takes_beside_another(uint32_t cpu)
{
	uint8_t byte;

	while (received < RECEIVED) {
		if (uart_read(PL011_FR) & PL011_FR_RXFE)
			continue;
		/* The other one may have been faster: nothing is sent as 0. */
		byte = uart_read(PL011_DR);
		if (!byte)
			continue;
		uart_write(PL011_DR, byte);
		__atomic_fetch_add(&received, 1, __ATOMIC_RELAXED);
	}
	GUEST_DONE();
}

static volatile bool spins;

static void take_late(struct ex_regs *regs)
{
	unsigned int intid = gic_get_and_ack_irq();

	GUEST_ASSERT(intid == KPL011_VIRT_INTID);
	GUEST_ASSERT(uart_read(PL011_DR) == 'x');
	gic_set_eoi(intid);
	ended = true;
}

/* What it cleared without taking the character comes again, while the other vCPU runs. */
static void guest_is_told_again(uint32_t cpu)
{
	spins |= cpu;
	if (cpu) {
		while (!ended)
			;
		GUEST_DONE();
	}
	local_irq_disable();
	while (!spins)
		;
	take_interrupts(0);
	uart_write(PL011_LCR_H, PL011_LCR_WLEN);
	uart_write(PL011_CR, PL011_CR_UARTEN | PL011_CR_LBE | PL011_CR_TXE | PL011_CR_RXE);
	uart_write(PL011_DR, 'x');
	uart_write(PL011_ICR, PL011_INT_RX | PL011_INT_RT);
	uart_write(PL011_IMSC, PL011_INT_RX);
	while (!ended)
		halt();
	GUEST_DONE();
}

/*
 * Host
 */

FIXTURE(guest) {
	struct kvm_vm *vm;
	struct kvm_vcpu *vcpus[2];
	pthread_t threads[2];
	unsigned int cpus;
	bool pinned;	/* each vCPU to a CPU of its own */
	uint32_t flags;	/* of the attach */
	int gic;
	int fd;
};

/* Before the harness: guests of the library drive a GICv3, and no other. */
static void __attribute__((constructor)) skip_without_gicv3(void)
{
	struct kvm_create_device device = {
		.type = KVM_DEV_TYPE_ARM_VGIC_V3, .flags = KVM_CREATE_DEVICE_TEST,
	};
	int kvm, vm;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm >= 0 && ioctl(vm, KVM_CREATE_DEVICE, &device) && errno == ENODEV)
		ksft_exit_skip("the host gives its VMs no GICv3\n");
	close(vm);
	close(kvm);
}

FIXTURE_SETUP(guest)
{
	self->gic = -1;
	self->fd = -1;
}

FIXTURE_TEARDOWN(guest)
{
	if (!self->vm)
		return;
	if (self->gic >= 0)
		close(self->gic);
	kvm_vm_free(self->vm);
	port_poll(self->fd, 0);
	port_reap(self->fd);
	close(self->fd);
}

/* NULL, or why the vCPU left other than by GUEST_DONE(). */
static void *run_vcpu(void *arg)
{
	struct kvm_vcpu *vcpu = arg;
	struct ucall uc;

	vcpu_run(vcpu);
	switch (get_ucall(vcpu, &uc)) {
	case UCALL_DONE:
		return NULL;
	case UCALL_ABORT:
		return "the guest asserted in vain";
	default:
		fprintf(stderr, "# exit %u at 0x%llx\n", vcpu->run->exit_reason,
			(unsigned long long)vcpu->run->mmio.phys_addr);
		return "the guest left KVM";
	}
}

/* A VM of @cpus vCPUs that enter @code, with a port at self->fd. */
static void make_guest(struct __test_metadata *_metadata, FIXTURE_DATA(guest) *self,
		       unsigned int cpus, void *code, handler_fn handler)
{
	struct kpl011_attach args;
	unsigned int i;

	self->cpus = cpus;
	self->vm = vm_create_with_vcpus(cpus, code, self->vcpus);
	vm_init_descriptor_tables(self->vm);
	for (i = 0; i < cpus; i++) {
		vcpu_init_descriptor_tables(self->vcpus[i]);
		vcpu_args_set(self->vcpus[i], 1, i);
	}
	self->gic = setup_gic(self->vm, cpus);
	if (handler)
		vm_install_exception_handler(self->vm, VECTOR_IRQ_CURRENT, handler);
	virt_map(self->vm, KPL011_VIRT_GPA, KPL011_VIRT_GPA, 1);
	args = port_args(self->vm->fd);
	args.flow_ms = KPL011_FLOW_MS_MAX;
	args.flags = self->flags;
	self->fd = port_attach_open(&args, O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

static void start(struct __test_metadata *_metadata, FIXTURE_DATA(guest) *self)
{
	cpu_set_t before, one;
	unsigned int i, cpu = 0;

	/* A thread begins where who made it may run. */
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(before), &before));
	for (i = 0; i < self->cpus; i++) {
		while (self->pinned && !CPU_ISSET(cpu, &before))
			cpu++;
		CPU_ZERO(&one);
		CPU_SET(cpu++, &one);
		if (self->pinned)
			ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
		ASSERT_EQ(0, pthread_create(&self->threads[i], NULL, run_vcpu, self->vcpus[i]));
	}
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(before), &before));
}

static void end(struct __test_metadata *_metadata, FIXTURE_DATA(guest) *self)
{
	void *why;
	unsigned int i;

	for (i = 0; i < self->cpus; i++) {
		ASSERT_EQ(0, pthread_join(self->threads[i], &why));
		ASSERT_EQ(NULL, why)
			TH_LOG("vCPU %u: %s", i, (char *)why);
	}
}

/* The next @len bytes; fewer where no more come. */
static size_t take(int fd, uint8_t *bytes, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len && port_poll(fd, POLLIN) & POLLIN) {
		n = read(fd, bytes + got, len - got);
		if (n <= 0)
			break;
		got += n;
	}
	return got;
}

TEST_F(guest, what_is_written_wakes_a_halted_vcpu)
{
	/* One, a FIFO, and one more than that; each time the guest sleeps first. */
	static const size_t lens[] = { 1, 2, 31, 32, 33, 100, 1 };
	uint8_t sent[100], got[100];
	struct kpl011_info info;
	unsigned int i, j;

	make_guest(_metadata, self, 1, guest_echoes, echo);
	start(_metadata, self);
	ASSERT_EQ(1, take(self->fd, got, 1));
	ASSERT_EQ(PROMPT, got[0]);
	for (i = 0; i < sizeof(sent); i++)
		sent[i] = 'A' + i;
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		for (j = 0; j < lens[i];) {
			ssize_t n = write(self->fd, sent + j, lens[i] - j);

			if (n > 0)
				j += n;
			else
				ASSERT_EQ(POLLOUT, port_poll(self->fd, POLLOUT));
		}
		ASSERT_EQ(lens[i], take(self->fd, got, lens[i]));
		ASSERT_EQ(0, memcmp(sent, got, lens[i]));
	}
	sent[0] = END;
	ASSERT_EQ(1, write(self->fd, sent, 1));
	end(_metadata, self);
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(201, info.rx_bytes);
	EXPECT_LE(ARRAY_SIZE(lens), info.interrupts);
}

/* ABI: "such bytes, the guest finds its transmit FIFO full" */
TEST_F(guest, prints_by_interrupt_for_a_lossless_reader)
{
	struct kpl011_flow flow = { .size = sizeof(flow), .flags = KPL011_FLOW_ON };
	static uint8_t got[PRINTED];
	struct kpl011_info info;
	uint32_t i, wrong = 0;

	make_guest(_metadata, self, 1, guest_prints, print_more);
	ASSERT_EQ(0, ioctl(self->fd, KPL011_FLOW, &flow));
	start(_metadata, self);
	/* Nothing is read before the guest is held up. */
	do {
		ASSERT_EQ(0, port_info(self->fd, &info));
	} while (!info.flow_stalls);
	ASSERT_EQ(PRINTED, take(self->fd, got, PRINTED));
	end(_metadata, self);
	for (i = 0; i < PRINTED; i++)
		wrong += got[i] != nth(i);
	EXPECT_EQ(0, wrong);
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_EQ(0, info.tx_lost);
}

/* Whether the kernel has warned of itself since it was booted; it does so once of each thing. */
static int has_warned(void)
{
	int fd = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);
	char text[32] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	close(fd);
	return !!(strtoul(text, NULL, 10) & 1 << 9);
}

/*
 * Some kernels call the CPUs of all vCPUs for the first interrupt of a device, and no
 * interrupt may do that, the timer's neither.
 */
TEST_F(guest, interrupt_of_the_timer_comes_while_another_vcpu_runs)
{
	cpu_set_t cpus;

	ASSERT_EQ(0, sched_getaffinity(0, sizeof(cpus), &cpus));
	if (CPU_COUNT(&cpus) < 2)
		SKIP(return, "one CPU");
	if (has_warned())
		SKIP(return, "the kernel has warned of something before");
	self->pinned = true;
	make_guest(_metadata, self, 2, guest_is_told_again, take_late);
	start(_metadata, self);
	end(_metadata, self);
	EXPECT_EQ(0, has_warned());
}

TEST_F(guest, two_vcpus_print_at_once)
{
	static uint8_t got[2 * PRINTED_EACH];
	uint32_t next[2] = { 0, 0 }, i, cpu;

	make_guest(_metadata, self, 2, guest_prints_beside_another, NULL);
	start(_metadata, self);
	ASSERT_EQ(sizeof(got), take(self->fd, got, sizeof(got)));
	end(_metadata, self);
	for (i = 0; i < sizeof(got); i++) {
		cpu = got[i] >> 7;
		ASSERT_EQ(next[cpu] & 0x7f, got[i] & 0x7f);
		next[cpu]++;
	}
	EXPECT_EQ(PRINTED_EACH, next[0]);
	EXPECT_EQ(PRINTED_EACH, next[1]);
}

/*
 * Input comes while both poll without a trap, in pieces and as a storm: no byte
 * is lost, doubled or late.
 */
TEST_F(guest, two_vcpus_poll_without_traps_while_input_comes)
{
	static uint8_t sent[RECEIVED], got[RECEIVED];
	uint32_t counts[2][256] = { 0 };
	struct kpl011_info info;
	uint32_t i, len, at = 0;

	self->flags = KPL011_ATTACH_PAGE;
	make_guest(_metadata, self, 2, guest_takes_beside_another, NULL);
	for (i = 0; i < RECEIVED; i++)
		sent[i] = 1 + i * 7 % 255;
	ASSERT_EQ(0, port_info(self->fd, &info));
	if (info.page > KPL011_PAGE_MAPPED)
		SKIP(return, "reads trap on this host, whatever is asked for");
	start(_metadata, self);
	for (i = 0; i < 60; i++, at += len) {
		len = 1 + i % 40;
		do {
			ASSERT_EQ(0, port_info(self->fd, &info));
		} while (info.page != KPL011_PAGE_MAPPED);
		ASSERT_EQ(len, write(self->fd, sent + at, len));
		ASSERT_EQ(len, take(self->fd, got + at, len));
	}
	while (at < RECEIVED) {
		ssize_t n = write(self->fd, sent + at, RECEIVED - at);

		if (n < 0)
			ASSERT_EQ(POLLOUT, port_poll(self->fd, POLLOUT));
		for (; n > 0; n -= len, at += len) {
			len = n;
			ASSERT_EQ(len, take(self->fd, got + at, len));
		}
	}
	end(_metadata, self);
	for (i = 0; i < RECEIVED; i++) {
		counts[0][sent[i]]++;
		counts[1][got[i]]++;
	}
	EXPECT_EQ(0, memcmp(counts[0], counts[1], sizeof(counts[0])));
	ASSERT_EQ(0, port_info(self->fd, &info));
	EXPECT_LE(60, info.page_unmaps);
	EXPECT_EQ(RECEIVED, info.tx_newest);
}

TEST_HARNESS_MAIN
