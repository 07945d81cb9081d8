// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that vCPUs read without a trap: one read-only leaf of the VM's stage 2
 * at the device's address, where there is no memslot. A write to it faults; KVM
 * finds no memory there and passes the write to the MMIO bus, as it always
 * does.
 *
 * The tables are KVM's alone: it is given pages for them and frees them, and
 * nothing here has a reference on one. The tables neither count nor free the
 * page that the leaf points to.
 *
 * KVM may drop the leaf whenever it likes (it drops all of stage 2 with the
 * VMM's memory): then reads trap again. But if a memslot came to lie over the
 * page, KVM would let the guest write to the page. So the leaf is unmapped
 * before a slot comes: kvm_watch.c reports the slot, and slots_lock, which is
 * held for any change of the slots, keeps a new leaf away until they have
 * changed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kpl011.h>
#include <linux/mm.h>
#include <asm/alternative.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_pgtable.h>
#include <asm/stage2_pgtable.h>
#include <asm/virt.h>

#include "gfp.h"
#include "kvm_vm.h"

static struct {
	KPL_POINTER_TO(kvm_pgtable_stage2_map) map;
	KPL_POINTER_TO(kvm_pgtable_stage2_unmap) unmap;
} page_fn __ro_after_init;

/* Bytes of the smallest data cache line: CTR_EL0, bits 19 to 16. */
static u32 page_line __ro_after_init;

/* KPL011_PAGE_*: why there are no pages; _UNMAPPED if there can be. */
static u32 page_reason __ro_after_init = KPL011_PAGE_UNMAPPED;

static u32 __init page_find(void)
{
	/* A larger one would also cover the UART's neighbours. */
	if (PAGE_SIZE != KPL011_MMIO_SIZE)
		return KPL011_PAGE_SIZE;
	/* Under pKVM the hypervisor has the tables, and shares no such page. */
	if (is_protected_kvm_enabled())
		return KPL011_PAGE_PROTECTED;
	/*
	 * The callback before a change of the memory slots must not sleep. It
	 * has to take mmu_lock, which sleeps on PREEMPT_RT.
	 */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return KPL011_PAGE_REALTIME;
	if (kpl_kvm_find("kvm_pgtable_stage2_map", (void **)&page_fn.map) ||
	    kpl_kvm_find("kvm_pgtable_stage2_unmap", (void **)&page_fn.unmap) ||
	    kpl_watch_slots())
		return KPL011_PAGE_NO_FUNCTION;
	return KPL011_PAGE_UNMAPPED;
}

/**
 * kpl_kvm_page_init() - find what pages need in this kernel
 *
 * Without it there are no pages; nothing else depends on it.
 */
void __init kpl_kvm_page_init(void)
{
	page_reason = page_find();
	page_line = 4 << (read_sanitised_ftr_reg(SYS_CTR_EL0) >> 16 & 0xf);
}

/* The most tables below the first level that a leaf of this VM may need. */
static unsigned int tables_most(struct kvm *kvm)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	return kvm_mmu_cache_min_pages(&kvm->arch.mmu);
#else
	return kvm_mmu_cache_min_pages(kvm);
#endif
}

static int stage2_map(struct kvm *kvm, gpa_t gpa, struct page *page,
		      enum kvm_pgtable_prot prot,
		      struct kvm_mmu_memory_cache *cache)
{
	struct kvm_pgtable *pgt = kvm->arch.mmu.pgt;

	/* Stage 2 went with the VMM's memory. */
	if (!pgt)
		return -ENODEV;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return page_fn.map(pgt, gpa, PAGE_SIZE, page_to_phys(page), prot,
			   cache, 0);
#else
	return page_fn.map(pgt, gpa, PAGE_SIZE, page_to_phys(page), prot,
			   cache);
#endif
}

/**
 * kpl_vm_page_create() - allocate a page that may be mapped
 * @vm: open
 * @words: returned: the page
 *
 * Return: KPL011_PAGE_UNMAPPED; or another KPL011_PAGE_*, the reason why there
 * is none.
 */
u32 kpl_vm_page_create(struct kpl_vm *vm, u32 **words)
{
	if (page_reason != KPL011_PAGE_UNMAPPED)
		return page_reason;
	vm->page = alloc_page(KPL_GFP | __GFP_ZERO);
	if (!vm->page)
		return KPL011_PAGE_NO_MEMORY;
	*words = page_address(vm->page);
	return KPL011_PAGE_UNMAPPED;
}

/**
 * kpl_vm_page_free() - free the page
 * @vm: not attached
 */
void kpl_vm_page_free(struct kpl_vm *vm)
{
	while (vm->tables)
		free_page((unsigned long)vm->table[--vm->tables]);
	if (vm->page)
		__free_page(vm->page);
}

/*
 * Have as many tables as a mapping can take: KVM warns if there are too few.
 * Stage 2 mostly has some of them already, for the memory beside the page; what
 * KVM does not take is kept for the next time. Does not sleep.
 */
static bool tables_fill(struct kpl_vm *vm)
{
	unsigned int most = tables_most(vm->kvm);

	if (most > KPL_VM_TABLES)
		return false;
	while (vm->tables < most) {
		void *table = (void *)__get_free_page(GFP_NOWAIT | __GFP_ZERO |
						      __GFP_ACCOUNT |
						      __GFP_NOWARN);

		if (!table)
			return false;
		vm->table[vm->tables++] = table;
	}
	return true;
}

/**
 * kpl_vm_page_prepare() - choose how to map the page, before its words change
 * @vm: as for kpl_vm_page_map()
 *
 * Context: under the device's lock, and serialised as kpl_vm_page_map() is.
 */
void kpl_vm_page_prepare(struct kpl_vm *vm)
{
	/*
	 * With FWB the guest reads the page through the caches, whatever type
	 * it believes the page to have. Without, or if the page would have tags
	 * (MTE), it is mapped as a device. Tags are switched on before there
	 * are vCPUs.
	 */
	vm->page_device = !cpus_have_final_cap(ARM64_HAS_STAGE2_FWB) ||
			  kvm_has_mte(vm->kvm);
}

/**
 * kpl_vm_page_map() - let vCPUs read the page
 * @vm: attached, prepared, and called from one of its vCPUs
 *
 * Context: does not sleep. The caller serialises it with itself and with
 * kpl_vm_page_unmap().
 *
 * Return: whether they do. They do not while the memory slots are being
 * changed, if there is memory at the address, or if there was no memory for the
 * tables.
 */
bool kpl_vm_page_map(struct kpl_vm *vm)
{
	enum kvm_pgtable_prot prot = KVM_PGTABLE_PROT_R;
	struct kvm_mmu_memory_cache cache = {
		.gfp_zero = __GFP_ZERO,
		.capacity = KPL_VM_TABLES,
		.objects = vm->table,
	};
	struct kvm *kvm = vm->kvm;
	int ret = -EEXIST;

	if (!tables_fill(vm) || !mutex_trylock(&kvm->slots_lock))
		return false;
	if (vm->page_device) {
		prot |= KVM_PGTABLE_PROT_DEVICE;
		kpl_vm_page_clean(vm, ~0ull);
	}
	cache.nobjs = vm->tables;
	write_lock(&kvm->mmu_lock);
	if (!__gfn_to_memslot(kvm_memslots(kvm), gpa_to_gfn(vm->gpa)))
		ret = stage2_map(kvm, vm->gpa, vm->page, prot, &cache);
	write_unlock(&kvm->mmu_lock);
	vm->tables = cache.nobjs;
	mutex_unlock(&kvm->slots_lock);
	/* EAGAIN: it is there already. */
	return !ret || ret == -EAGAIN;
}

/**
 * kpl_vm_page_unmap() - make every read trap again
 * @vm: attached, or its @gone is being called
 *
 * KVM frees the tables that are empty then.
 *
 * Context: does not sleep.
 */
void kpl_vm_page_unmap(struct kpl_vm *vm)
{
	struct kvm *kvm = vm->kvm;

	write_lock(&kvm->mmu_lock);
	/* Else stage 2 went with the VMM's memory. */
	if (kvm->arch.mmu.pgt)
		page_fn.unmap(kvm->arch.mmu.pgt, vm->gpa, PAGE_SIZE);
	write_unlock(&kvm->mmu_lock);
}

/* Clean a line to where device reads see it, as the kernel cleans its own. */
static void clean_line(const void *at)
{
	asm volatile(ALTERNATIVE("dc cvac, %0", "dc civac, %0", ARM64_WORKAROUND_CLEAN_CACHE)
		     : : "r" (at) : "memory");
}

/**
 * kpl_vm_page_clean() - let guests see words that changed
 * @vm: the VM
 * @changed: a bit for each word from the start of the page; all bits: the page
 *
 * Context: after kpl_vm_page_prepare(), under the device's lock or serialised
 * as kpl_vm_page_map() is.
 *
 * Return: how many cache lines were cleaned; none unless the page is mapped as
 * a device.
 */
unsigned int kpl_vm_page_clean(struct kpl_vm *vm, u64 changed)
{
	unsigned int cleaned = 0;
	u32 at;

	if (!vm->page_device)
		return 0;
	for (at = 0; at < PAGE_SIZE; at += page_line) {
		u64 words = ~0ull;

		if (changed != ~0ull) {
			if (at / 4 >= 64)
				break;
			words = changed >> at / 4;
			if (page_line / 4 < 64)
				words &= (1ull << page_line / 4) - 1;
		}
		if (!words)
			continue;
		clean_line(page_address(vm->page) + at);
		cleaned++;
	}
	dsb(sy);
	return cleaned;
}
