#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the emulated host: the programs of docs/examples, on a U-Boot guest.
set -uo pipefail
here=$(dirname "$0")
work=$(mktemp -d)
status=0

# claim WHAT COMMAND...
claim() {
	local what=$1
	shift
	if "$@"; then
		echo "ok example: $what"
	else
		echo "not ok example: $what"
		status=1
	fi
}

# wait_for SECONDS COMMAND...
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

followed() {
	grep -qa -- "$1" "$work/followed"
}

# Its prompt may have been printed before there was a port.
prompted() {
	"$here/example_type" "$id" '' && followed '=> $'
}

typed() {
	"$here/example_type" "$id" 'echo six times seven' && wait_for 30 followed '^six times seven'
}

follow_ends() {
	guest stop uboot
	wait "$follower"
}

pid=$(guest start uboot uboot)
id=$("$here/example_attach" "$pid")
claim 'attach prints the number of the port' test -c "/dev/kpl011/$id"
"$here/example_follow" "$id" >"$work/followed" &
follower=$!
claim 'type reaches the guest, and follow shows its prompt' wait_for 60 prompted
claim 'follow shows the answer to what was typed' typed
claim 'follow ends with the guest' follow_ends
rm -rf "$work"
kpl011 reap --all >/dev/null
exit $status
