# SPDX-License-Identifier: GPL-2.0-only
# Guests of all kinds, attached, and for comparison with QEMU's own PL011. Where that
# fails by a fault it is known for, a comment says so.
#
# GUESTS_FULL=1 has 1 MiB cross each way on Linux 6.1, 6.12, 6.12-rt and 7, and runs all of them
# with QEMU's own PL011, too; else 128 KiB do on 6.12, which alone is run with both, and
# the others have less to do.
# shellcheck shell=bash disable=SC2154

. ./both.sh
. ./bare.sh
. ./linux.sh
. ./firmware.sh

full=${GUESTS_FULL:-0}

# linux KERNEL: bytes both ways at once, bytes one way, lines of each CPU
linux() {
	local name=linux-$1 much='131072 32768 100' little='16384 4096 25'
	[ "$full" = 0 ] || much='1048576 65536 200'
	# shellcheck disable=SC2086
	if [ "$1" = 6.12 ] || [ "$full" = 1 ]; then
		start_session linux_session "$name" "$1" $much
		# QEMU's own takes a millisecond and more for a byte here.
		start_session linux_session "$name.own" "$1" $little
	else
		start_session linux_session "$name" "$1" $little
	fi
}

linux 6.12
linux 6.1
linux 7
linux 6.12-rt
firmware_sessions
bare_sessions
wait

bare_claims
linux_claims 6.12
linux_claims 6.1
linux_claims 7
linux_claims 6.12-rt
firmware_claims

qemu_saw_none() {
	local serial guests=0
	for serial in /tmp/*.serial; do
		guests=$((guests + 1))
		[ ! -s "$serial" ] || fail "$serial has something"
	done
	[ "$guests" -ge 14 ] || fail "$guests guests only"
}
try "QEMU's serial files of the attached ones stay empty" qemu_saw_none
