# SPDX-License-Identifier: GPL-2.0-only
# A guest that is killed, its last words, and the module's own end.
# shellcheck shell=bash disable=SC2154

unload_is_busy() {
	guest start web hello
	kpl011 attach web
	expect_exit 1 rmmod kpl011
	says 'in use'
	[ -e /dev/kpl011/control ]
}
try 'rmmod while a guest is attached says that the module is in use' unload_is_busy

follower_ends() {
	kpl011 log -f web >"$work/last" 2>/dev/null &
	local follower=$!
	kill -9 "$(pid_of web)"
	wait_for 20 gone "$follower"
}
try 'a follower of a guest that is killed ends' follower_ends

last_words() {
	guest start flood flood
	kpl011 attach flood
	wait_for 60 sent_more_than flood 70000
	kill -9 "$(pid_of flood)"
	wait_for 20 field_is flood state dead
	kpl011 log flood >"$work/words"
	[ "$(wc -c <"$work/words")" = 65536 ]
	tail -n 2 "$work/words" | head -n 1 | grep -q '^[0-9]* abc'
	# Whose number its process had may be another's by now.
	wait_for 20 field_is flood pid 0
	kpl011 info flood | grep -q 'process *has ended'
}
try 'the last 64 KiB of a guest killed with -9 can be read' last_words

typed_at_the_dead() {
	expect_exit 7 kpl011 send flood text
	says flood
}
try 'typing at a dead guest says that it is gone' typed_at_the_dead

same_name_again() {
	guest start flood hello
	kpl011 attach flood
	field_is flood state live || kpl011 list
	kpl011 reap flood
	[ "$(kpl011 list --json | grep -c '"flood"')" = 1 ]
	field_is flood state live
}
try 'a new guest of the same name goes before the dead one, and reap takes the dead one' same_name_again

reap_refuses_the_living() {
	expect_exit 1 kpl011 reap flood
	says flood
	field_is flood state live
}
try 'a live guest cannot be reaped' reap_refuses_the_living

unload_and_load() {
	no_guests
	rmmod kpl011
	[ ! -e /dev/kpl011/control ]
	[ ! -e /sys/class/kpl011 ]
	modprobe kpl011 2>/dev/null || insmod /lib/kpl011/kpl011.ko
	[ -e /dev/kpl011/control ]
}
try 'without guests the module unloads, and loads again' unload_and_load

unload_with_dead_ports() {
	guest start web hello
	kpl011 attach web
	kill -9 "$(pid_of web)"
	wait_for 20 field_is web state dead
	rmmod kpl011
	insmod /lib/kpl011/kpl011.ko
	[ "$(kpl011 list --json | tr -d ' \n')" = '[]' ]
}
try 'the module unloads over ports of dead guests' unload_with_dead_ports

life_and_death_at_once() {
	local round pids=()
	for round in 1 2 3 4 5; do
		guest start "g$round" flood >/dev/null
		kpl011 attach "g$round" >/dev/null &
		pids+=($!)
		[ "$round" -lt 3 ] || kill -9 "$(pid_of "g$((round - 2))")"
	done
	wait "${pids[@]}" || true
	no_guests
	rmmod kpl011
	insmod /lib/kpl011/kpl011.ko
}
try 'guests that come, flood and are killed at once leave nothing behind' life_and_death_at_once
