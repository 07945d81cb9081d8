# SPDX-License-Identifier: GPL-2.0-only
# A Linux guest that runs on QEMU's own UART is taken over and given back; its UART goes through
# resets, snapshots and migration.
# shellcheck shell=bash disable=SC2154,SC2016

# QEMU's serial port, at which the guest boots.
serial_job=
serial_open() {
	rm -f "$work/serial.in"
	mkfifo "$work/serial.in"
	socat - UNIX-CONNECT:/tmp/linux.tty <"$work/serial.in" >"$work/serial.out" 2>&1 &
	serial_job=$!
	exec 9>"$work/serial.in"
}

serial_type() {
	printf '%s' "$1" >&9
}

serial_saw() {
	tr -d '\r' <"$work/serial.out" | grep -qaF -- "$1"
}

# qmp COMMAND [ARGUMENTS]: at the monitor of the guest linux; prints the answer.
qmp() {
	local line arguments=${2:-'{}'} status=1
	coproc monitor { exec socat - UNIX-CONNECT:/tmp/linux.qmp; }
	printf '{"execute": "qmp_capabilities"} {"execute": "%s", "arguments": %s, "id": "it"}\n' \
		"$1" "$arguments" >&"${monitor[1]}"
	while read -r -t 120 line <&"${monitor[0]}"; do
		case $line in
		*'"id": "it"'*)
			echo "$line"
			case $line in *'"return"'*) status=0 ;; esac
			break ;;
		esac
	done
	kill "$monitor_PID" 2>/dev/null
	wait "$monitor_PID" 2>/dev/null || true
	return $status
}

# human LINE: a command of QEMU's other monitor; one that says something failed.
human() {
	local answer
	answer=$(qmp human-monitor-command "{\"command-line\": \"$1\"}")
	echo "$answer"
	case $answer in *'"return": ""'*) return 0 ;; esac
	return 1
}

# qemu_fr BIT: of QEMU's own UART is set, which is not that of the guest while it is taken over.
qemu_fr() {
	local fr
	fr=$(qmp human-monitor-command '{"command-line": "xp /1wx 0x9000018"}' |
		sed -n 's/.*: \(0x[0-9a-f]*\).*/\1/p')
	[ $((fr & $1)) != 0 ]
}

qemu_has_received() {
	! qemu_fr 0x10
}

vm_is() {
	qmp query-status | grep -q "\"status\": \"$1\""
}

# Interrupts of its UART that the guest has counted.
guest_interrupts() {
	in_linux "grep pl011 /proc/interrupts | sed 's/^ *[0-9]*: */count-/; s/ .*/-/'"
	kpl011 log linux | tr -d '\r' | sed -n 's/^count-\([0-9]*\)-$/\1/p' | tail -n 1
}

resets() {
	cat "/sys/class/kpl011/$(field linux id)/resets"
}

start_linux() {
	guest start linux linux -serial unix:/tmp/linux.tty,server=on,wait=off \
		-drive if=none,id=vm,file=/tmp/vm.qcow2,format=qcow2 "$@"
}

qemu-img create -q -f qcow2 /tmp/vm.qcow2 1M
start_linux
serial_open
try "a Linux guest boots to its shell on QEMU's own UART" wait_for 240 serial_saw 'guest# '

# What QEMU's FIFO holds when it is taken over: typed while nobody can take it.
taken_over_by_qmp() {
	qmp stop
	serial_type "echo pre''fix"
	wait_for 20 qemu_has_received
	kpl011 attach --take-over linux >"$work/out"
	cat "$work/out"
	grep -q 'taken over with the state that QEMU reported at /tmp/linux.qmp; 13 characters are waiting' \
		"$work/out"
	vm_is paused || fail 'it was stopped, and is not any more'
	qmp cont
	kpl011 send --enter linux -- -ok
	comes_line linux 60 prefix-ok
}
try 'taken over with QMP, what QEMU had received is the guest'"'"'s' taken_over_by_qmp

answers() {
	in_linux 'echo answer-$((6*7))'
	printed_line linux answer-42
	! serial_saw answer-42 || fail 'QEMU printed it, too'
	kpl011 state save linux "$work/qmp.json"
}
try 'a command typed through kpl011 is answered through kpl011' answers

no_storm() {
	local before after
	before=$(guest_interrupts)
	serial_type 'echo wrong-port x'
	wait_for 20 qemu_fr 0x40
	after=$(guest_interrupts)
	echo "$before $after"
	[ $((after - before)) -lt 300 ] || fail "$((after - before)) interrupts"
	in_linux 'dmesg | grep -c "nobody cared" | sed s/^/cared-/'
	printed_line linux cared-0
	! printed linux wrong-port || fail 'the guest has it'
}
try "typing at QEMU's serial port meanwhile interrupts nobody" no_storm

given_back() {
	kpl011 detach --qmp found linux >"$work/out"
	cat "$work/out"
	grep -q '17 characters were sent to it meanwhile, and dropped' "$work/out"
	field_is linux state detached
	vm_is running
	serial_type $'echo back-$((6*7))\r'
	wait_for 60 serial_saw back-42
	! serial_saw wrong-port || fail 'what was typed before'
	! printed linux back-42 || fail 'the port has it'
}
try "given back, the guest answers at QEMU's serial port" given_back

without_a_monitor() {
	kpl011 attach --take-over=linux linux >"$work/out"
	cat "$work/out"
	grep -q 'taken over with the state of a Linux guest' "$work/out"
	in_linux 'echo preset-$((7*8))'
	printed_line linux preset-56
	kpl011 state save linux "$work/preset.json"
	diff <(grep -E '"(LCR_H|CR|IFLS|IMSC)"' "$work/qmp.json") \
		<(grep -E '"(LCR_H|CR|IFLS|IMSC)"' "$work/preset.json")
}
try 'taken over without QMP, it answers as well' without_a_monitor

# Its FIFO has characters that are not read, and their interrupt stands.
snapshot() {
	in_linux 'X=then'
	qmp stop
	kpl011 send linux -- 'echo "$X"-'
	kpl011 state save linux "$work/snapshot.json"
	human 'savevm one'
	qmp cont
	kpl011 send --enter linux -- x
	comes_line linux 60 then-x
	in_linux 'X=now'
	qmp stop
	human 'loadvm one'
	kpl011 state restore linux "$work/snapshot.json"
	qmp cont
	kpl011 send --enter linux -- again
	comes_line linux 60 then-again
	in_linux 'echo "$X"-still'
	printed_line linux then-still
}
try 'a snapshot that is loaded goes on with the state that was saved with it' snapshot

refused() {
	kpl011 state save linux "$work/before.json"
	sed 's/"CR": [0-9]*/"CR": 64/' "$work/before.json" >"$work/bad.json"
	expect_exit 1 kpl011 state restore linux "$work/bad.json"
	says 'CR is 0x40, but has only the bits 0xff87'
	kpl011 state save linux "$work/after.json"
	cmp "$work/before.json" "$work/after.json"
}
try 'a state that is corrupt is refused, and nothing changes' refused

# The vCPUs stand still, or the guest would see its UART change under it.
reset_and_restored() {
	local before
	before=$(resets)
	qmp stop
	kpl011 state save linux "$work/before.json"
	kpl011 reset linux
	[ "$(resets)" = $((before + 1)) ]
	kpl011 state save linux | grep -q '"CR": 768,'
	kpl011 state save linux | grep -q '"IMSC": 0,'
	kpl011 state restore linux "$work/before.json"
	qmp cont
	in_linux 'echo heard-$((8*9))'
	printed_line linux heard-72
}
try 'a UART that is reset has its state restored, and hears again' reset_and_restored

# What the guest prints it writes to DR, and most accesses are of no other register than FR.
told_by_register() {
	local text
	text=$(kpl011 info linux)
	echo "$text"
	[ "$(awk '$1 == "DR" { print $3 }' <<<"$text")" -ge "$(awk '$1 == "sent" { print $2 }' <<<"$text")" ]
	[ "$(awk '$1 == "FR" { print $2 }' <<<"$text")" -gt 0 ]
	[ "$(awk '$1 == "all" { print $3 }' <<<"$text")" = "$(field linux writes)" ]
	[ "$(awk '$1 == "resets" { print $2 }' <<<"$text")" = "$(resets)" ]
}
try 'info tells what the guest did with each register' told_by_register

migrated() {
	local pid
	pid=$(pid_of linux)
	in_linux 'X=moved'
	# It runs while it is copied.
	qmp migrate '{"uri": "exec:cat >/tmp/migration"}'
	wait_for 120 vm_is postmigrate
	kpl011 state save linux "$work/migration.json"
	qmp quit
	wait_for 20 gone "$pid"
	start_linux -S -incoming 'exec:cat /tmp/migration'
	wait_for 120 vm_is paused
	rm /tmp/migration
	kpl011 attach linux
	kpl011 state restore linux "$work/migration.json"
	qmp cont
	in_linux 'echo "$X"-here'
	printed_line linux moved-here
}
try 'a guest that is migrated goes on with the state that was saved' migrated

# boots_again COMMAND...: after it the guest's UART is reset and its shell answers anew.
boots_again() {
	local resets from
	in_linux 'X=old'
	resets=$(resets)
	from=$(field linux tx_newest)
	"$@"
	comes linux 240 'guest# ' --from "$from"
	[ "$(resets)" -gt "$resets" ] || fail "resets: $resets, then $(resets)"
	in_linux 'echo "$X"-anew'
	printed_line linux -anew
}
reboot_guest() {
	kpl011 send --enter linux 'reboot -f'
}
try 'a guest that reboots has its UART reset, and answers again' boots_again reboot_guest
try 'a system_reset of QEMU does the same' boots_again qmp system_reset

exec 9>&-
kill "$serial_job" 2>/dev/null
