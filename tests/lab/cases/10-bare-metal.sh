# SPDX-License-Identifier: GPL-2.0-only
# Guests of a few instructions: every byte, no exit to user space, any reader.
# shellcheck shell=bash

start_watch

hello_is_caught_whole() {
	guest start hello hello
	wait_for 30 printed hello 'Hello World'
	[ "$(kpl011 log hello)" = 'Hello World' ] || kpl011 log hello
}
try 'a guest that sets nothing up says Hello World, from its first byte on' hello_is_caught_whole

qemu_saw_nothing() {
	[ -e "/tmp/$1.serial" ] && [ ! -s "/tmp/$1.serial" ]
}
try "QEMU's serial file of it stays empty" qemu_saw_nothing hello

flood_sent_more_than() {
	[ "$(field flood tx_newest)" -gt "$1" ]
}

no_user_exit() {
	local pid before after sent
	guest start flood flood
	wait_for 30 flood_sent_more_than 6400
	pid=$(pid_of flood)
	sent=$(field flood tx_newest)
	before=$(vm_stat "$pid" mmio_exit_user)
	wait_for 60 flood_sent_more_than $((sent + 64000))
	after=$(vm_stat "$pid" mmio_exit_user)
	echo "mmio_exit_user $before, then $after"
	[ "$before" = "$after" ] || return 1
	qemu_saw_nothing flood
}
try 'a guest that does nothing but print never exits to user space' no_user_exit

# lines_follow_each_other FILE: whole lines of the flood, numbers without a gap.
lines_follow_each_other() {
	awk 'length($0) == 63 && $2 ~ /^abc/ && (!n || $1 + 0 == n + 1) { n = $1 + 0; lines++; next }
	     { print "line " NR ": " $0; bad = 1 }
	     END { exit bad || lines < 100 }' "$1"
}

# Whole lines only: the first and the last may have been cut.
whole_lines() {
	sed '1d;$d' "$1" >"$1.whole"
}

history_has_no_gap() {
	kpl011 log flood >"$work/flood"
	[ "$(wc -c <"$work/flood")" -ge 65536 ] || fail "$(wc -c <"$work/flood") bytes kept"
	whole_lines "$work/flood"
	lines_follow_each_other "$work/flood.whole"
}
try 'who comes later has 64 KiB of what nobody read, without a gap' history_has_no_gap

killed_reader() {
	local reader sent
	kpl011 log -f flood >"$work/followed" &
	reader=$!
	wait_for 30 test -s "$work/followed"
	kill -9 "$reader"
	wait "$reader" 2>/dev/null || true
	sent=$(field flood tx_newest)
	wait_for 60 flood_sent_more_than $((sent + 6400))
	history_has_no_gap
}
try 'kill -9 of a reader in the flood: the guest goes on, the next reader has every byte' killed_reader

two_readers() {
	local a b
	kpl011 log -f flood >"$work/a" 2>"$work/a.err" &
	a=$!
	kpl011 log -f flood >"$work/b" 2>"$work/b.err" &
	b=$!
	kill -STOP "$b"
	wait_for 120 eval '[ "$(wc -c <"$work/a")" -gt 200000 ]'
	kill -CONT "$b"
	wait_for 60 grep -q skipped "$work/b.err"
	kill "$a" "$b"
	wait "$a" "$b" 2>/dev/null || true
	[ ! -s "$work/a.err" ] || fail "$(cat "$work/a.err")"
	whole_lines "$work/a"
	lines_follow_each_other "$work/a.whole"
}
try 'a reader that stands still is told what it missed, and the other misses nothing' two_readers

json_tells() {
	kpl011 list --json | tr -d ' \n' | grep -q '"name":"flood"'
	field_is flood state live
	field_is flood pid "$(pid_of flood)"
	field_is flood intid 33
	field_is flood gpa "$((0x9000000))"
	kpl011 list | grep -q flood
}
try 'list and list --json show the guest' json_tells

stop_watch
