# SPDX-License-Identifier: GPL-2.0-only
# Guests of a few instructions: every byte, no exit to user space, any reader.
# shellcheck shell=bash disable=SC2154

start_watch

hello_is_caught_whole() {
	guest start hello hello
	comes hello 30 'Hello World'
	[ "$(kpl011 log hello)" = 'Hello World' ] || kpl011 log hello
}
try 'a guest that sets nothing up says Hello World, from its first byte on' hello_is_caught_whole

try "QEMU's serial file of it stays empty" qemu_saw_nothing hello

no_user_exit() {
	guest start flood flood
	wait_for 60 sent_more_than flood 70000
	hold flood
	# Not one since it began, and every byte came through the kernel.
	[ "$(vm_stat "$(pid_of flood)" mmio_exit_user)" = 0 ]
	[ "$(vm_stat "$(pid_of flood)" mmio_exit_kernel)" -ge "$(field flood tx_newest)" ]
	release flood
	qemu_saw_nothing flood
}
try 'a guest that does nothing but print never exits to user space' no_user_exit

# With the guest held, so that it does not overwrite what is being read.
history_has_no_gap() {
	local status=0
	hold flood
	kpl011 log flood >"$work/flood" || status=$?
	release flood
	[ "$status" = 0 ]
	[ "$(wc -c <"$work/flood")" = 65536 ] || fail "$(wc -c <"$work/flood") bytes kept"
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
	wait_for 60 sent_more_than flood $((sent + 6400))
	history_has_no_gap
}
try 'kill -9 of a reader in the flood: the guest goes on, the next reader has every byte' killed_reader

two_readers() {
	local a b
	kpl011 log -f -n 0 flood >"$work/a" 2>"$work/a.err" &
	a=$!
	kpl011 log -f -n 0 flood >"$work/b" 2>"$work/b.err" &
	b=$!
	wait_for 60 larger_than "$work/b" 0
	kill -STOP "$b"
	wait_for 120 larger_than "$work/a" 200000
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
