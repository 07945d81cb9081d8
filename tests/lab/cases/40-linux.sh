# SPDX-License-Identifier: GPL-2.0-only
# Three guests of three kinds; a Linux guest worked at through the program.
# shellcheck shell=bash disable=SC2154

start_watch
guest start linux linux
guest start uboot uboot
guest start hello hello

try 'U-Boot reaches its prompt' comes uboot 120 '=> '

uboot_answers() {
	kpl011 send --enter uboot 'echo six times seven is 42'
	comes_line uboot 60 'six times seven is 42'
}
try 'U-Boot carries out a command that is sent' uboot_answers
hold uboot
try 'a Linux guest boots to a shell under unmodified QEMU' comes linux 240 'guest# '

never_mixed() {
	[ "$(kpl011 log hello)" = 'Hello World' ] || fail 'hello has more'
	! printed linux 'U-Boot' || fail 'U-Boot in linux'
	! printed linux 'Hello World' || fail 'hello in linux'
	! printed uboot 'guest#' || fail 'linux in uboot'
	! printed uboot 'Hello World' || fail 'hello in uboot'
}
try 'the output of three guests never mixes' never_mixed

console_prints_42() {
	console_open linux
	# shellcheck disable=SC2016
	type_keys 'echo $((6*7))\r'
	wait_for 60 seen_line linux 42
	console_close linux
}
# shellcheck disable=SC2016
try 'echo $((6*7)) typed at kpl011 console prints 42' console_prints_42

console_sends_break() {
	console_open linux
	type_keys '\035sh'
	wait_for 60 seen linux 'sysrq: HELP'
	type_keys '\035q'
	wait_for 20 seen linux 'left linux'
	console_close linux
}
try 'the break key and h print the SysRq help, and the escape key leaves' console_sends_break

send_sysrq() {
	kpl011 send --sysrq m linux
	comes linux 60 'sysrq: Show Memory'
}
try 'send --sysrq m shows the memory' send_sysrq

paste_arrives() {
	head -c 49152 /dev/urandom | base64 >"$work/paste"
	[ "$(wc -c <"$work/paste")" -ge 65536 ]
	paste_into_linux "$work/paste"
}
try '64 KiB pasted into cat arrive byte for byte' paste_arrives

output_arrives() {
	in_linux 'dd if=/dev/urandom bs=1024 count=194 2>/dev/null | base64 > /tmp/big'
	output_of_linux "$work/big.body"
	[ "$(wc -c <"$work/big.body")" -ge 262144 ] || fail "$(wc -c <"$work/big.body") bytes"
}
try '256 KiB printed by the guest arrive byte for byte' output_arrives

terminal_is_restored() {
	local how=$1
	rm -f "$work"/stty.* "$work/nobody"
	# A standard input that stays open and says nothing.
	mkfifo "$work/nobody"
	exec 7<>"$work/nobody"
	# shellcheck disable=SC2016
	setsid socat "EXEC:\"sh -c 'stty -g > $work/stty.before; kpl011 console linux; stty -g > $work/stty.after'\",pty,setsid,ctty,stderr" \
		STDIO >"$work/screen.tty" 2>&1 <&7 &
	wait_for 20 seen tty 'Connected to linux'
	"$how"
	wait_for 20 test -s "$work/stty.after"
	cmp "$work/stty.before" "$work/stty.after"
}
console_pid() {
	pgrep -f '^kpl011 console linux'
}
by_term() { kill "$(console_pid)"; }
by_hup() { kill -HUP "$(console_pid)"; }
by_segv() { kill -SEGV "$(console_pid)"; }
try 'SIGTERM leaves the terminal as it was' terminal_is_restored by_term
try 'SIGHUP leaves the terminal as it was' terminal_is_restored by_hup
try 'a crash leaves the terminal as it was' terminal_is_restored by_segv

qemu_saw_none_of_the_three() {
	qemu_saw_nothing linux
	qemu_saw_nothing uboot
	qemu_saw_nothing hello
}
try "QEMU's serial files of all three stay empty" qemu_saw_none_of_the_three

watch_told() {
	grep -q 'linux' "$work/watch.log"
	grep -q 'hello' "$work/watch.log"
}
try 'watch tells of each guest that it attached' watch_told

stop_watch
