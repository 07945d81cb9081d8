// SPDX-License-Identifier: GPL-2.0-only
/* The interrupt line of a device: the level of an SPI of the VM's GIC. */
#include <linux/nospec.h>

#include "kvm_vm.h"

/* KPL_EXPORTS_* come from Kbuild. */
#ifdef KPL_EXPORTS_kvm_vgic_inject_irq
#define ADDR_kvm_vgic_inject_irq kvm_vgic_inject_irq
#else
#define ADDR_kvm_vgic_inject_irq NULL
#endif

static KPL_POINTER_TO(kvm_vgic_inject_irq) vgic_inject_irq
	__ro_after_init = ADDR_kvm_vgic_inject_irq;

/* kvm_vgic_inject_irq() for an SPI, which has no vCPU. */
static int inject_spi(struct kvm *kvm, u32 intid, bool level, void *owner)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return vgic_inject_irq(kvm, NULL, intid, level, owner);
#else
	return vgic_inject_irq(kvm, 0, intid, level, owner);
#endif
}

/* In a GICv5, SPIs have other numbers and another table in vgic_dist. */
static bool gic_is_known(struct kvm *kvm)
{
	u32 model = READ_ONCE(kvm->arch.vgic.vgic_model);

	return model == KVM_DEV_TYPE_ARM_VGIC_V2 || model == KVM_DEV_TYPE_ARM_VGIC_V3;
}

/*
 * Whether there is a GIC that is of another model. KVM says that there is a GIC
 * right before it says of which model, which until then is 0.
 */
static bool gic_is_unknown(struct kvm *kvm)
{
	return READ_ONCE(kvm->arch.vgic.vgic_model) && !gic_is_known(kvm);
}

/* Whether there is a GIC that has been set up and has this SPI. */
static bool gic_has_spi(struct kvm *kvm, u32 intid)
{
	/* KVM had set up what is read below before it set this. */
	return smp_load_acquire(&kvm->arch.vgic.initialized) && gic_is_known(kvm) &&
	       intid >= VGIC_NR_PRIVATE_IRQS &&
	       intid - VGIC_NR_PRIVATE_IRQS < kvm->arch.vgic.nr_spis;
}

/* The interrupt, in a GIC that has it. Users choose the number. */
static struct vgic_irq *gic_spi(struct kvm *kvm, u32 intid)
{
	struct vgic_dist *gic = &kvm->arch.vgic;

	return &gic->spis[array_index_nospec(intid - VGIC_NR_PRIVATE_IRQS, gic->nr_spis)];
}

static struct vgic_irq *vm_irq(const struct kpl_vm *vm)
{
	return gic_spi(vm->kvm, vm->intid);
}

static bool vm_has_run(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		if (READ_ONCE(vcpu->pid))
			return true;
	return false;
}

/**
 * kpl_line_check() - whether an interrupt can reach a VM
 * @kvm: the VM
 * @intid: the SPI
 *
 * Most VMs have no GIC yet when a device is attached. A VM that has run gets
 * none from KVM any more.
 *
 * Return: 0 if it can, as far as is known by now; ENXIO if this VM cannot have
 * a GICv2 or GICv3 in the kernel; ERANGE if its GIC has no such SPI.
 */
int kpl_line_check(struct kvm *kvm, u32 intid)
{
	/* First: a VM that starts meanwhile gets its GIC, and only then runs. */
	bool has_run = vm_has_run(kvm);

	/* Pairs with a vCPU's mutex: KVM holds it to make the GIC, and to run. */
	smp_rmb();
	if (irqchip_in_kernel(kvm) ? gic_is_unknown(kvm) : has_run)
		return -ENXIO;
	if (vgic_initialized(kvm) && !gic_has_spi(kvm, intid))
		return -ERANGE;
	return 0;
}

/**
 * kpl_line_is_taken() - whether another device owns an interrupt
 * @kvm: the VM
 * @intid: the SPI
 *
 * KVM takes the level of such an interrupt from its owner alone. The only owner
 * of KVM's own is a PMU, to which the VMM can give any interrupt. Once a device
 * has its line, KVM refuses to give a PMU that interrupt.
 *
 * Return: whether one does; false while there is no GIC.
 */
bool kpl_line_is_taken(struct kvm *kvm, u32 intid)
{
	return gic_has_spi(kvm, intid) && READ_ONCE(gic_spi(kvm, intid)->owner);
}

/*
 * Make this device the owner of the interrupt, or lower it and give it up
 * (!@own). KVM takes the level of an interrupt from its owner alone, and so not
 * from the idle UART that the VMM has at the same interrupt. Returns whether
 * this device is the owner: not while somebody else is.
 */
static bool vm_own_line(struct kpl_vm *vm, bool own)
{
	struct vgic_irq *irq = vm_irq(vm);
	unsigned long flags;

	raw_spin_lock_irqsave(&irq->irq_lock, flags);
	if (own && !irq->owner) {
		irq->owner = vm;
	} else if (!own && irq->owner == vm) {
		/* Only a guest that keeps changing the interrupt has it high here. */
		irq->line_level = false;
		irq->owner = NULL;
	}
	own = irq->owner == vm;
	raw_spin_unlock_irqrestore(&irq->irq_lock, flags);
	return own;
}

/*
 * Note a level that was injected, if KVM did not. KVM only latches an interrupt
 * that takes edges, as each does until the guest says otherwise; a guest that
 * then changes it to levels has to find the line as it is. Returns whether KVM
 * has the level: not if the guest has made that change just before.
 */
static bool vm_note_level(struct kpl_vm *vm, bool level)
{
	struct vgic_irq *irq = vm_irq(vm);
	unsigned long flags;
	bool noted;

	raw_spin_lock_irqsave(&irq->irq_lock, flags);
	if (irq->config == VGIC_CONFIG_EDGE)
		irq->line_level = level;
	noted = irq->line_level == level;
	raw_spin_unlock_irqrestore(&irq->irq_lock, flags);
	return noted;
}

/**
 * kpl_vm_set_line() - drive the interrupt line
 * @vm: attached
 * @level: true is asserted
 *
 * Context: under the device's lock, which @gone takes, too.
 *
 * Return: whether the VM's GIC took the level. It does not before it is set up, nor
 * while the guest changes the interrupt to levels and back: call this again at the
 * guest's next access.
 */
bool kpl_vm_set_line(struct kpl_vm *vm, bool level)
{
	unsigned int tries;

	/* Before that, a GICv2 would be initialised here, which sleeps. */
	if (!gic_has_spi(vm->kvm, vm->intid))
		return false;
	if (!vm->owned)
		vm->owned = vm_own_line(vm, true);
	if (!vm->owned)
		return !inject_spi(vm->kvm, vm->intid, level, NULL);
	/*
	 * If KVM does not have the level, the guest has just changed the
	 * interrupt to levels: KVM takes it the second time, unless the guest
	 * has changed it once more.
	 */
	for (tries = 0; tries < 2; tries++) {
		if (inject_spi(vm->kvm, vm->intid, level, vm))
			return false;
		if (vm_note_level(vm, level))
			return true;
	}
	return false;
}

/**
 * kpl_vm_line() - the level of the line, as the VM's GIC has it
 * @vm: attached
 *
 * The VMM sets it when it restores the state of the GIC.
 *
 * Context: as for kpl_vm_set_line().
 *
 * Return: the level, even if the guest takes edges; low while there is no GIC.
 */
bool kpl_vm_line(struct kpl_vm *vm)
{
	struct vgic_irq *irq;
	unsigned long flags;
	bool level;

	if (!gic_has_spi(vm->kvm, vm->intid))
		return false;
	irq = vm_irq(vm);
	raw_spin_lock_irqsave(&irq->irq_lock, flags);
	level = irq->line_level;
	raw_spin_unlock_irqrestore(&irq->irq_lock, flags);
	return level;
}

/**
 * kpl_vm_leave_line() - lower the interrupt line and leave it to the VMM
 * @vm: attached
 *
 * Context: as for kpl_vm_set_line(), which must not be called any more.
 */
void kpl_vm_leave_line(struct kpl_vm *vm)
{
	if (!gic_has_spi(vm->kvm, vm->intid))
		return;
	kpl_vm_set_line(vm, false);
	if (vm->owned)
		vm->owned = vm_own_line(vm, false);
}

/**
 * kpl_line_init() - find KVM's GIC in this kernel
 *
 * Return: 0, or ENOENT, with what is missing in the log.
 */
int __init kpl_line_init(void)
{
	return kpl_kvm_need("kvm_vgic_inject_irq", (void **)&vgic_inject_irq);
}
