/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The place of a device in a VM: whether the device is there, and the level of
 * its interrupt line.
 *
 * Lock: the device's, as of kvm.h, for all but @vm; callers hold it.
 */
#ifndef KPL011_PLACE_H
#define KPL011_PLACE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct kpl_vm;

/**
 * struct kpl_place - the place of a device in a VM
 * @vm: the attachment; used for the line while @live
 * @live: the device is in its VM, or is about to be
 * @detached: it was taken out of its VM, or is being taken out
 * @level: level of the interrupt line that the VM's GIC took last
 * @rises: times that @level rose
 * @id: number of the port, for traces
 */
struct kpl_place {
	struct kpl_vm *vm;
	bool live;
	bool detached;
	bool level;
	u64 rises;
	u32 id;
};

void kpl_place_init(struct kpl_place *place, struct kpl_vm *vm);
void kpl_place_enter(struct kpl_place *place, bool level);
void kpl_place_set(struct kpl_place *place, bool level);
void kpl_place_restored(struct kpl_place *place);
bool kpl_place_hold(struct kpl_place *place);
bool kpl_place_leave(struct kpl_place *place);

/**
 * kpl_place_is_in() - whether a device is in its VM, and not on its way out
 * @place: its place
 *
 * Return: whether it is, or is about to be.
 */
static inline bool kpl_place_is_in(const struct kpl_place *place)
{
	return place->live && !place->detached;
}

/**
 * kpl_place_drive() - bring the VM's view of the interrupt line up to date
 * @place: the place of the device
 * @level: the level that the device has
 *
 * Inline up to the comparison, which is all that most accesses need.
 */
static inline void kpl_place_drive(struct kpl_place *place, bool level)
{
	if (unlikely(level != place->level))
		kpl_place_set(place, level);
}

#endif /* KPL011_PLACE_H */
