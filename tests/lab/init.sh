# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC3043,SC2154,SC2034
# What process 1 of the emulated host and the service that takes its place under systemd
# share: how they talk to tests/lab/run, and how they end.

note() {
	echo "lab: $*" >/dev/kmsg
}

# The ports this host talks through, by the names run gave them.
port() {
	local tries=0 name
	while [ "$tries" -lt 50 ]; do
		for name in /sys/class/virtio-ports/*/name; do
			[ "$(cat "$name" 2>/dev/null)" = "$1" ] || continue
			name=${name%/name}
			echo "/dev/${name##*/}"
			return
		done
		tries=$((tries + 1))
		sleep 0.1
	done
	note "no port $1"
	poweroff -f
}

# other_cpus 0|1: takes every CPU but the first away, or brings them back
other_cpus() {
	local cpu
	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		[ ! -e "$cpu" ] || echo "$1" >"$cpu" || note "$cpu cannot be $1"
	done
}

# hold_vm: keeps a VM, so that no other is the first one or the last. With those Linux patches
# its scheduler (preempt_notifier_key), and a CPU of QEMU may go on running the old code if it
# was translating that code just then, until it is patched again. KVM does not learn then that a
# vCPU leaves its CPU or is back: from 6.12 on a CPU of the host hangs (__guest_exit faults for
# ever, interrupts off), and 7 warns in kvm_vcpu_load_debug(). QEMU 8.1 made that rarer (its
# commit deba78709ae8), but 10.0 does it, too. So no other CPU runs while it is patched.
hold_vm() {
	[ -e /dev/kvm ] || return 0
	other_cpus 0
	/guests/hold-vm || note "no VM can be held"
	other_cpus 1
}

# stop_others PID...: ends every process but this one and those named
stop_others() {
	local dir pid signal words
	for signal in TERM KILL; do
		for dir in /proc/[0-9]*; do
			pid=${dir#/proc/}
			case " $$ $* " in *" $pid "*) continue ;; esac
			words=
			read -r words <"$dir/cmdline"
			[ -n "$words" ] || continue # a thread of the kernel
			kill -s "$signal" "$pid" 2>/dev/null
		done 2>/dev/null
		[ "$signal" = KILL ] || sleep 0.05
	done
}

# leaks: with kmemleak, prints on the console what nobody can reach any more: first with the
# module, for its functions have names then, and then what is new when it has gone.
leaks() {
	local kmemleak=/sys/kernel/debug/kmemleak
	[ -e "$kmemleak" ] && [ ! -e /run/stopped ] || return 0
	: >/run/leaks
	leaks_tell
	[ -d /sys/module/kpl011 ] || return 0
	rmmod kpl011 || note "the module cannot be unloaded"
	leaks_tell
}

# leaks_tell: those that are not in /run/leaks. kmemleak tells what is 5 s old and has not changed
# since it looked before.
leaks_tell() {
	sleep 6
	echo scan >"$kmemleak" && echo scan >"$kmemleak" || note "kmemleak does not work any more"
	cat "$kmemleak" >/run/leaks.now
	awk 'FILENAME == ARGV[1] { told[$0]; next }
		/^unreferenced/ { new = !($0 in told) }
		new' /run/leaks /run/leaks.now >/dev/console
	mv /run/leaks.now /run/leaks
}

# finish WORD...: reports, makes the share's content safe and powers off
finish() {
	echo "$*" >&3
	note "finish: $*"
	umount /share
	sync
	mount -o remount,ro /lab 2>/dev/null
	sync
	poweroff -f
	sleep 60
}

# run_command: /lab/command, with its output to the port; gives $status and $relay
run_command() {
	mkfifo /run/output
	cat /run/output >"$output" 3>&- &
	relay=$!
	sh /lab/command </dev/null >/run/output 2>&1 3>&- &
	command=$!
	# The other end of the control port may ask for an early end.
	{
		read -r word <&3
		case $word in
		stop)
			: >/run/stopped
			host-state >/dev/console
			kill -9 "$command"
			;;
		esac
	} >/dev/null 2>&1 &
	listener=$!
	wait "$command"
	status=$?
	kill "$listener" 2>/dev/null
}
