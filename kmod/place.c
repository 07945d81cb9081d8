// SPDX-License-Identifier: GPL-2.0-only
#include "kvm.h"
#include "place.h"
#include "trace.h"

/**
 * kpl_place_init() - start with a place that the device has not taken yet
 * @place: zeroed
 * @vm: the VM
 */
void kpl_place_init(struct kpl_place *place, struct kpl_vm *vm)
{
	place->vm = vm;
	place->live = true;
}

/**
 * kpl_place_enter() - the device was attached
 * @place: its place
 * @level: the level that it begins with
 *
 * The VMM may have left the line high.
 */
void kpl_place_enter(struct kpl_place *place, bool level)
{
	/* If KVM has dropped all devices meanwhile, the line is the VMM's. */
	bool in = kpl_place_is_in(place);
	bool was = place->level;

	place->level = in && level;
	if (in && !kpl_vm_set_line(place->vm, place->level))
		place->level = false;
	/* A vCPU may have raised it by now. */
	place->rises += place->level && !was;
}

/**
 * kpl_place_set() - change the level of the interrupt line
 * @place: the place of the device
 * @level: the level, other than the last one
 *
 * If the VM's GIC does not take it, it is still to be set.
 */
void kpl_place_set(struct kpl_place *place, bool level)
{
	if (!kpl_place_is_in(place) || !kpl_vm_set_line(place->vm, level))
		return;
	place->level = level;
	place->rises += level;
	trace_kpl011_line(place->id, level);
}

/**
 * kpl_place_restored() - the VMM has set the levels of interrupt lines
 * @place: the place of a device that is @live
 *
 * kpl_place_drive() is to follow.
 */
void kpl_place_restored(struct kpl_place *place)
{
	if (!place->detached)
		place->level = kpl_vm_line(place->vm);
}

/**
 * kpl_place_hold() - take a reference on the VM
 * @place: the place of the device
 *
 * Return: whether there is one now, for kpl_vm_put(): not if the device is
 * leaving its VM or has left it.
 */
bool kpl_place_hold(struct kpl_place *place)
{
	return kpl_place_is_in(place) && kpl_vm_get(place->vm);
}

/**
 * kpl_place_leave() - leave the interrupt line to the VMM
 * @place: the place of a device that is to leave its VM
 *
 * Until the device is out, accesses are answered, but raise nothing.
 *
 * Return: whether this is the first call, and the VM is not gone: then it is for
 * the caller to take the device out.
 */
bool kpl_place_leave(struct kpl_place *place)
{
	if (!kpl_place_is_in(place))
		return false;
	WRITE_ONCE(place->detached, true);
	kpl_vm_leave_line(place->vm);
	place->level = false;
	return true;
}
