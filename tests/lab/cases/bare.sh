# SPDX-License-Identifier: GPL-2.0-only
# The PL011 as its clients use it, a bare-metal guest of tests/guests for each way.
# shellcheck shell=bash disable=SC2154

# bare_session GUEST KIND: to its end; see tests/guests/check.h for what it prints.
bare_session() {
	local guest=$1 line pid
	begin "$guest" "$2" || return
	follow "$guest" 300 | while read -r line; do
		case $line in
		'send '*) type_at "$guest" "${line#send }" ;;
		break) break_at "$guest" ;;
		esac
	done
	wait_for 10 gone "$pid" ||
		record "$guest" end 'it did not power off'
	output_of "$guest" | grep -aE '^(ok|not ok) ' >>"$work/$guest.results"
}

strict_session() {
	is_own "$1" || attach_options=--strict
	bare_session "$@"
}

bare_sessions() {
	both bare_session rxirq rxirq
	both bare_session sbsa sbsa
	both bare_session txirq txirq
	both bare_session poll poll
	both bare_session loop loop
	both bare_session wlen wlen
	both strict_session strict strict
	both bare_session free strict
}

bare_claims() {
	local i check bits enabled
	local no_loopback='QEMU has loopback from 9.0 on, without break and overrun'
	line poll earlycon 'earlycon: Booting Linux on physical CPU 0x0000000000'
	claim poll earlycon 'earlycon: polls of FR around each byte, the UART never enabled'
	line poll widths 'widths: 8 bits, 16 bits, 32 bits, 64 bits'
	claim poll widths 'stores of 8, 16, 32 and 64 bits print their low byte'
	line poll neighbours 'neighbours: <>'
	claim poll neighbours 'stores to DR+1, +2 and +3 print nothing' \
		'DR+1 aliases DR'
	claim poll reserved 'registers that do not exist read as zero'
	claim poll identity 'the identification is that of a PL011'
	line poll tfa 'NOTICE:  BL31: v2.8(release):'
	claim poll tfa 'TF-A: polls TXFF, and BUSY at the end'
	line poll optee 'I/TC: OP-TEE version: 3.19.0'
	claim poll optee 'OP-TEE: polls BUSY before each byte'
	line poll edk2 'UEFI firmware starting.'
	claim poll edk2 'EDK2: polls TXFE before each byte'
	claim poll masked 'input by polling, all interrupts masked'
	line poll fen 'fen: a line that is printed with and without FIFOs'
	claim poll fen 'FEN toggled between bytes loses none'

	claim txirq enabling 'TXIM alone raises no interrupt'
	line txirq freebsd 'freebsd: a batch of one byte, then the interrupt'
	claim txirq freebsd 'FreeBSD: batches of one byte, each raises TXRIS'
	for i in 0 1 2 3 4 5 6 7; do
		line txirq linux "linux: $i abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ."
	done
	claim txirq linux 'Linux: half a FIFO from each interrupt, without a look at FR'
	claim txirq clearing 'ICR clears TXRIS'

	claim rxirq tail 'bursts of any length: the interrupts bring every byte'
	claim rxirq level 'RXRIS at the level of IFLS, and not below' \
		'it is raised at one character, and only there'
	claim rxirq timeout 'RTRIS for what stays below the level' 'there is no time-out'
	claim rxirq masked_start 'bytes that came while all was masked, and ICR cleared, are not stranded' \
		'cleared by ICR, it is not raised again'
	claim rxirq fen 'a change of FEN empties the receiver, and input goes on' \
		'FR does not say so before the next read'
	claim rxirq break 'a break: 0 with BE and FE, and its interrupt' 'it has BE only, and no interrupt'

	claim sbsa one_by_one 'SBSA, no FIFOs: one byte taken from each interrupt'
	claim sbsa ack 'SBSA, no FIFOs: ICR with a byte left, and it is raised again' \
		'cleared by ICR, it is not raised again'
	times sbsa transmit 2 'sbsa: transmits by interrupt'
	claim sbsa transmit 'SBSA, no FIFOs: output by interrupt'
	claim sbsa fifo_one_by_one 'SBSA, FIFOs: one byte taken from each interrupt' \
		'it is raised when the count is one, so a second byte may keep it down'
	claim sbsa fifo_ack 'SBSA, FIFOs: ICR with bytes left, and it is raised again' \
		'cleared by ICR, it is not raised again'
	claim sbsa fifo_transmit 'SBSA, FIFOs: output by interrupt'
	claim sbsa fifo_drained 'SBSA, FIFOs: bursts of any length'

	for check in bytes overrun break modem; do
		times loop "$check" 4 'loopback: <>'
	done
	claim loop bytes 'loopback: every byte comes back, none is seen outside' "$no_loopback"
	claim loop overrun 'loopback: one byte more than fits is lost, and told' "$no_loopback"
	claim loop break 'loopback: a break comes back' "$no_loopback"
	claim loop modem 'loopback: the modem outputs are inputs, each change interrupts once' "$no_loopback"
	claim loop restored 'out of loopback CTS, DSR and DCD are asserted' 'it shows none'

	line wlen transmit $'cs5 sends \x11\x12\x13'
	line wlen transmit $'cs6 sends \x31\x32\x13'
	line wlen transmit $'cs7 sends \x71\x32\x53'
	line wlen transmit $'cs8 sends \xf1\xb2\xd3'
	claim wlen transmit 'characters of 5 to 8 bits are sent as such' "$all_8_bits"
	for bits in 5 6 7; do
		claim wlen "receive$bits" "characters of $bits bits are received as such" "$all_8_bits"
	done
	claim wlen receive8 'characters of 8 bits are received as such'

	enabled=$'strict: enabled\nsend xyz\nok receive'
	whole strict receive "$enabled"
	claim strict receive 'attached with --strict: nothing is printed before the guest enables the UART' \
		'it never looks whether it is enabled'
	whole free receive \
		$'strict: after reset\nstrict: without UARTEN\nstrict: without TXE\n'"$enabled"
	claim free receive 'attached without: the same guest prints all'
}
