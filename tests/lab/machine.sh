# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2054
# The emulated machine: starts it, talks to it, ends it. All that it starts dies with it:
# each child asks the kernel to be killed when this shell goes, however it goes.

qemu='' timer='' relay='' terminal=''
outcome=failed

took() {
	[ -z "${KPL011_LAB_VERBOSE:-}" ] || say "$(awk '{print $1}' /proc/uptime) s: $1"
}

bound() {
	exec setpriv --pdeathsig KILL -- "$@"
}

host_start() {
	local args=() input=/dev/null machine_type=virt,gic-version=$gic root=$lab/host.img
	local monitor_at=pipe,id=monitor,path=$run/monitor
	[ -z "$monitor" ] || monitor_at=socket,id=monitor,path=$monitor,server=on,wait=off
	[ -z "$debian" ] || root=$lab/debian-$debian.img
	[ "$kvm" = 0 ] || machine_type+=,virtualization=on
	# What costs an emulated processor far more than a real one: two page tables for each process
	# (each system call empties the TLB twice), and its code at other addresses each time, which
	# is translated again. With --icount the kernel's instructions are those of a real host.
	local lean=' norandmaps'
	[ "$icount" = 1 ] || lean+=' kpti=off'
	# Memory that has tags is the machine's.
	[ "$cpu" != max ] || machine_type+=,mte=on
	mkfifo "$run"/{control,monitor}.{in,out}
	exec 3<>"$run/control.out" 4<>"$run/control.in" 5<>"$run/monitor.in" 6<>"$run/monitor.out"
	: >"$run/output"
	if [ "$icount" = 1 ]; then
		args+=(-icount shift=0,sleep=off)
	else
		args+=(-accel tcg,thread=multi)
	fi
	if [ "$tty" = 1 ]; then
		terminal=$(stty -g)
		input=$(tty)
		args+=(-chardev stdio,id=output,signal=off)
	else
		args+=(-chardev "file,id=output,path=$run/output")
	fi
	args+=(-M "$machine_type" -cpu "$cpu" -smp "$cpus" -m 2560
		-nodefaults -no-user-config -display none -no-reboot
		-chardev "$monitor_at" -mon chardev=monitor
		-name "kpl011-lab-${run##*/}" -kernel "$lab_k/image/Image"
		-initrd "$lab_k/initramfs" -append "console=ttyAMA0 panic=-1$lean$append"
		-chardev "file,id=log,path=$log" -serial chardev:log
		-drive "file=$root,if=none,id=root,format=raw,snapshot=on,cache=unsafe"
		-drive "file=$run/disk.img,if=none,id=run,format=raw,cache=unsafe"
		-device virtio-blk-pci,drive=root -device virtio-blk-pci,drive=run
		-device virtio-serial-pci
		-chardev "pipe,id=control,path=$run/control"
		-device virtserialport,chardev=control,name=control
		-device virtserialport,chardev=output,name=output)
	if [ "$tty" = 1 ]; then
		mkfifo "$run/screen"
		(bound cat "$run/screen") &
		relay=$!
		(bound qemu-system-aarch64 "${args[@]}" <"$input" >"$run/screen" 2>"$run/errors") &
		qemu=$!
	else
		(bound qemu-system-aarch64 "${args[@]}" <"$input" >"$run/errors" 2>&1) &
		qemu=$!
		(bound tail -q -s 0.1 --pid="$qemu" -c +1 -f "$run/output" 2>/dev/null) &
		relay=$!
	fi
	(bound sleep "$timeout" 2>/dev/null) &
	timer=$!
}

# host_wait: until the host is off. When its time is over it is asked to tell what it does and
# to end it, and gets half a minute for that and to write the shared folder; when nobody reads
# our output it just ends.
host_wait() {
	local status=0 logged
	wait -n "$qemu" "$timer" "$relay" || status=$?
	# The relay succeeds when there is no more to come, a little before or after QEMU's end.
	if running "$qemu" && running "$timer" && [ "$status" = 0 ]; then
		wait -n "$qemu" "$timer" || true
	fi
	if running "$qemu" && ! running "$timer"; then
		outcome=timeout
		logged=$(wc -c <"$log")
		echo stop >&4
		(bound sleep 30) &
		timer=$!
		wait -n "$qemu" "$timer" || true
		say "not ended within $timeout s; what the host did then ($log):"
		tail -c "+$((logged + 1))" "$log" | tr -d '\r' | sed 's/^/#   /' >&2
		! running "$qemu" || host_hangs
	elif running "$qemu"; then
		outcome=unread
	else
		wait "$relay" || true # until it has shown all of the output
	fi
	host_end
}

# host_hangs: it did not end when asked, and so may have told nothing; its CPUs can.
host_hangs() {
	say "the host does not end; its CPUs:"
	[ -n "$monitor" ] || {
		echo 'info registers -a' >&5
		sleep 1
		timeout 1 cat <&6 | tr -d '\r' | grep -E 'CPU#|PC=|PSTATE' | sed 's/^/#   /' >&2
	} || true
}

running() {
	kill -0 "$1" 2>/dev/null
}

# host_end: nothing is left running; the terminal is as it was. Harmless when repeated.
host_end() {
	local pid
	for pid in $qemu $timer; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	if [ -n "$relay" ] && [ "$outcome" != timeout ]; then
		kill -KILL "$relay" 2>/dev/null || true
	fi
	[ -z "$relay" ] || wait "$relay" 2>/dev/null || true
	qemu='' timer='' relay=''
	[ -z "$terminal" ] || stty "$terminal" 2>/dev/null || true
	terminal=''
}

host_verdict() {
	local line status='' started=0
	while read -r -t 0.1 line <&3; do
		case $line in
		started) started=1 ;;
		status\ *) status=${line#status } ;;
		nomodule) status=nomodule ;;
		esac
	done
	[ "$outcome" != unread ] || exit 141
	[ "$outcome" != timeout ] || { say "time-out after $timeout s"; exit 124; }
	case $status in
	nomodule)
		say "the module could not be loaded; the end of the host's log ($log):"
		tail -n 15 "$log" >&2
		exit 123 ;;
	'')
		say "the host ended $([ $started = 1 ] && echo during || echo before) the command;" \
			"the end of its log ($log):"
		cat "$run/errors" >&2
		tail -n 30 "$log" >&2 || true
		exit 122 ;;
	0) [ "$faults" = 0 ] || exit 125 ;;
	*) exit "$status" ;;
	esac
}
