# SPDX-License-Identifier: GPL-2.0-only
# Three guests of three kinds; a Linux guest worked at through the program.
# shellcheck shell=bash

start_watch
guest start linux linux
guest start uboot uboot
guest start hello hello

try 'a Linux guest boots to a shell under unmodified QEMU' wait_for 240 printed linux 'guest# '
try 'U-Boot reaches its prompt' wait_for 120 printed uboot '=> '

uboot_answers() {
	kpl011 send --enter uboot 'echo six times seven is 42'
	wait_for 60 eval "[ \"\$(kpl011 log uboot | tr -d '\\r' | grep -ac '^six times seven is 42')\" = 1 ]"
}
try 'U-Boot carries out a command that is sent' uboot_answers

never_mixed() {
	[ "$(kpl011 log hello)" = 'Hello World' ] || fail 'hello has more'
	! printed linux 'U-Boot' || fail 'U-Boot in linux'
	! printed linux 'Hello World' || fail 'hello in linux'
	! printed uboot 'guest#' || fail 'linux in uboot'
	! printed uboot 'Hello World' || fail 'hello in uboot'
}
try 'the output of three guests never mixes' never_mixed

# A console on a terminal of its own: console_open GUEST, then type and seen.
console_open() {
	mkfifo "$work/keys.$1"
	socat -u "OPEN:$work/keys.$1,rdonly" - 2>/dev/null </dev/null |
		socat - "EXEC:kpl011 console $1,pty,setsid,ctty,stderr" >"$work/screen.$1" 2>&1 &
	console_job=$!
	exec 8>"$work/keys.$1"
}

type_keys() {
	# shellcheck disable=SC2059
	printf "$1" >&8
}

console_close() {
	exec 8>&-
	wait "$console_job" || true
	rm -f "$work/keys.$1"
}

seen() {
	tr -d '\r' <"$work/screen.$1" | grep -qaF -- "$2"
}

console_prints_42() {
	console_open linux
	wait_for 20 seen linux 'Connected to linux'
	# shellcheck disable=SC2016
	type_keys 'echo $((6*7))\r'
	wait_for 60 eval "tr -d '\\r' <$work/screen.linux | grep -qax 42"
}
try 'echo $((6*7)) typed at kpl011 console prints 42' console_prints_42

console_sends_break() {
	console_open linux
	wait_for 20 seen linux 'Connected to linux'
	type_keys '\035sh'
	wait_for 60 seen linux 'sysrq: HELP'
	type_keys '\035q'
	wait_for 20 seen linux 'left linux'
	console_close linux
}
try 'the break key and h print the SysRq help, and the escape key leaves' console_sends_break

send_sysrq() {
	kpl011 send --sysrq m linux
	wait_for 60 printed linux 'sysrq: Show Memory'
}
try 'send --sysrq m shows the memory' send_sysrq

# The guest runs a command; returns when it printed the mark behind it.
mark=0
in_linux() {
	mark=$((mark + 1))
	# The quotes keep the mark from being found in the echo of the line.
	kpl011 send --enter linux "$1; echo mark'-'$mark-$BASHPID"
	wait_for "${2:-60}" printed linux "mark-$mark-$BASHPID"
}

paste_arrives() {
	head -c 49152 /dev/urandom | base64 >"$work/paste"
	[ "$(wc -c <"$work/paste")" -ge 65536 ]
	in_linux 'stty -echo'
	kpl011 send --enter linux 'cat > /tmp/pasted'
	kpl011 send linux --file "$work/paste"
	kpl011 send --escapes linux '\x04'
	in_linux 'stty echo'
	in_linux 'sha256sum /tmp/pasted' 120
	printed linux "$(sha256sum <"$work/paste" | cut -d' ' -f1)"
}
try '64 KiB pasted into cat arrive byte for byte' paste_arrives

output_arrives() {
	local follower sum
	in_linux 'dd if=/dev/urandom bs=1024 count=194 2>/dev/null | base64 > /tmp/big; wc -c < /tmp/big'
	in_linux 'sha256sum /tmp/big'
	kpl011 log -f -n 0 linux >"$work/big" 2>"$work/big.err" &
	follower=$!
	in_linux "stty -opost; echo be'gin'; cat /tmp/big; echo en'd'; stty opost" 240
	kill "$follower"
	wait "$follower" 2>/dev/null || true
	[ ! -s "$work/big.err" ] || fail "$(cat "$work/big.err")"
	sed -n '/^begin$/,/^end$/p' "$work/big" | sed '1d;$d' >"$work/big.body"
	[ "$(wc -c <"$work/big.body")" -ge 262144 ] || fail "$(wc -c <"$work/big.body") bytes"
	sum=$(sha256sum <"$work/big.body" | cut -d' ' -f1)
	printed linux "$sum"
}
try '256 KiB printed by the guest arrive byte for byte' output_arrives

terminal_is_restored() {
	local how=$1
	rm -f "$work"/stty.*
	# shellcheck disable=SC2016
	setsid socat "EXEC:\"sh -c 'stty -g > $work/stty.before; kpl011 console linux; stty -g > $work/stty.after'\",pty,setsid,ctty,stderr" \
		STDIO >"$work/screen.tty" 2>&1 </dev/zero &
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

try "QEMU's serial files of all three stay empty" \
	eval '[ -e /tmp/linux.serial ] && ! cat /tmp/linux.serial /tmp/uboot.serial /tmp/hello.serial | grep -q .'

watch_told() {
	grep -q 'linux' "$work/watch.log"
	grep -q 'hello' "$work/watch.log"
}
try 'watch tells of each guest that it attached' watch_told

stop_watch
