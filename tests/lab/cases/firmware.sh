# SPDX-License-Identifier: GPL-2.0-only
# Firmware at work on its serial port: U-Boot, and EDK2 with the UEFI Shell.
# shellcheck shell=bash disable=SC2154

uboot_session() {
	local guest=$1 pid
	begin "$guest" uboot || return
	step "$guest" prompt prints "$guest" 120 '=> ' || return
	step "$guest" command says_to "$guest" 'echo six times seven is ${baudrate}\r' 60 \
		'six times seven is 115200'
	step "$guest" loop uboot_loop
	step "$guest" interrupt uboot_interrupt
	type_at "$guest" 'poweroff\r'
	step "$guest" off wait_for 60 gone "$pid"
}

# 64 lines, each whole, in order, once.
uboot_loop() {
	local i
	says_to "$guest" 'for a in 0 1 2 3 4 5 6 7; do for b in 0 1 2 3 4 5 6 7; do echo "line $a$b of the loop"; done; done; echo "loop ""done"\r' \
		120 'loop done'
	since "$guest" | tr -d '\r' | grep -a '^line ' >"$work/$guest.came"
	for ((i = 0; i < 64; i++)); do
		printf 'line %o%o of the loop\n' $((i / 8)) $((i % 8))
	done | cmp - "$work/$guest.came"
}

# Ctrl-C ends a command that never would.
uboot_interrupt() {
	says_to "$guest" 'while true; do sleep 1; done\r' 60 'done'
	says_to "$guest" '\x03' 60 '=> '
	says_to "$guest" 'echo still "he"re\r' 60 'still here'
}

efi_session() {
	local guest=$1 pid
	begin "$guest" efi || return
	step "$guest" boot prints "$guest" 240 'UEFI Interactive Shell' || return
	step "$guest" key efi_key
	step "$guest" ver says_to "$guest" '\r' 60 'UEFI v2.'
	step "$guest" memmap efi_memmap
	type_at "$guest" 'reset -s\r'
	step "$guest" off wait_for 60 gone "$pid"
}

# Escape ends the count-down, or else empties the line. A key shows, and is rubbed out.
efi_key() {
	prints "$guest" 60 'ESC'
	type_at "$guest" '\x1b'
	prints "$guest" 60 'Shell> '
	says_to "$guest" 'verx' 30 x
	type_at "$guest" '\b'
}

# The pages of the table are the memory of the machine, of 256 MiB.
efi_memmap() {
	local type pages total=0
	says_to "$guest" 'memmap\r' 60 'Total Memory'
	since "$guest" | tr -d '\r' | sed -nE \
		's/^(\w+) +[0-9A-F]{16}-[0-9A-F]{16} ([0-9A-F]{16}) .*/\1 \2/p' >"$work/$guest.memmap"
	while read -r type pages; do
		[ "$type" = MMIO ] || total=$((total + 16#$pages))
	done <"$work/$guest.memmap"
	[ "$total" = 65536 ] || fail "$total pages"
}

firmware_sessions() {
	both uboot_session uboot
	both efi_session efi
}

firmware_claims() {
	claim uboot prompt 'U-Boot: reaches its prompt'
	claim uboot command 'U-Boot: carries out a command'
	claim uboot loop 'U-Boot: 64 lines of a loop are whole'
	claim uboot interrupt 'U-Boot: Ctrl-C ends a command'
	claim uboot off 'U-Boot: powers off'
	claim efi boot 'EDK2: reaches the UEFI Shell'
	claim efi key 'EDK2: takes a key'
	claim efi ver 'EDK2: the Shell carries out a command'
	claim efi memmap 'EDK2: a table of the Shell is whole'
	claim efi off 'EDK2: powers off'
}
