# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What the tests of packages share: a folder of their own, and a claim's `ok` or `not ok`.

failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# try NAME COMMAND...: the claim that NAME states holds.
try() {
	local name=$1 status
	shift
	# Not as a condition, where bash ignores set -e.
	(set -e; "$@") >"$work/out" 2>&1
	status=$?
	if [ "$status" = 0 ]; then
		echo "ok packages: $name"
	else
		echo "not ok packages: $name"
		tail -n 25 "$work/out" | sed 's/^/#   /'
		failed=1
	fi
}

# Says why a claim does not hold.
fail() {
	echo "$*"
	return 1
}
