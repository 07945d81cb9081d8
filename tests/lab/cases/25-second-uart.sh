# SPDX-License-Identifier: GPL-2.0-only
# A second UART of one VM, where newer QEMU has its own and Debian 12's has nothing:
# U-Boot reads and writes its registers by hand.
# shellcheck shell=bash disable=SC2154

# types TEXT ANSWER: at U-Boot's prompt, on its first UART.
types() {
	kpl011 send --enter first "$1"
	comes first 60 "$2"
}

two_uarts() {
	guest start first uboot
	kpl011 attach first
	kpl011 attach --gpa 0x9040000 --intid 40 --name second first
	comes first 120 '=> '
	[ "$(field first pid)" = "$(field second pid)" ]
	# Nothing of the first one's is seen on the second.
	[ "$(field second tx_newest)" = 0 ]
}
try 'a second UART is attached to a VM that has one' two_uarts

second_transmits() {
	types 'mw.b 9040000 48; mw.b 9040000 69; mw.b 9040000 a; echo wr""itten' written
	comes_line second 20 Hi
	! printed_line first Hi
}
try 'what a guest writes to it is its own' second_transmits

second_receives() {
	kpl011 send second Q
	types 'md.l 9040000 1' '09040000: 00000051'
	# And its flags say that there is no more: CTS, DSR, DCD, RXFE, TXFE.
	types 'md.l 9040018 1' '09040018: 00000097'
}
try 'what is typed at it arrives there' second_receives

second_goes() {
	kpl011 detach second
	wait_for 20 field_is second state detached
	types 'echo still he""re' 'still here'
	field_is first state live
}
try 'it is detached alone' second_goes

guest stop first
wait_for 20 field_is first state dead
kpl011 reap --all
