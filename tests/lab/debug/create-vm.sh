#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the emulated host, without the module: how many page tables of VMs KVM made and freed while
# create-vm interrupted it. The last line is "MADE FREED INTERRUPTED".
set -eu
here=$(dirname "$0")
tracing=/sys/kernel/tracing

# The newer of the names, where both are there.
freed=kvm_pgtable_stage2_destroy
! grep -qw "${freed}_pgd" /proc/kallsyms || freed=${freed}_pgd
[ ! -d /sys/module/kpl011 ] || { echo "the module is loaded" >&2; exit 1; }
echo "p:made __kvm_pgtable_stage2_init" >>$tracing/kprobe_events
echo "p:freed $freed" >>$tracing/kprobe_events
echo 1 >$tracing/events/kprobes/enable
said=$("$here/create-vm" 10)
echo "$said"
hits() {
	awk -v name="$1" '$1 == name { print $2 }' $tracing/kprobe_profile
}
sleep 1
echo "$(hits made) $(hits freed) $(echo "$said" | awk '{ print $4 }')"
