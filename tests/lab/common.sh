# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What every script of the lab shares: where things are, and how it speaks.

lab_src=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$lab_src/../.." && pwd)
lab=$top/build/lab
machine=$(dpkg --print-architecture)
# Debian gives /usr/sbin, where mke2fs, debugfs and chroot are, to root alone.
PATH=$PATH:/usr/sbin:/sbin
lab_self=${0##*/}

say() {
	echo "lab: $*" >&2
}

die() {
	echo "lab: $lab_self: $*" >&2
	exit 1
}

# lab_kernel VERSION: refuses a kernel the lab does not know, makes $lab_k its folder, and says
# which release it is from and whether that release's compiler is needed ($lab_chroot). Debian 12
# and 13 both have a 6.12; that of 13 is for its own userland. Those of debug/kernels the lab
# builds itself, from $lab_source with $lab_fragments; Linux guests there run $lab_guest_kernel.
# With KCOV $lab_source is the kernel that it shares.
lab_kernel() {
	lab_k=$lab/$1 lab_guest_kernel=$1 lab_release=bookworm lab_chroot=0 lab_source='' lab_fragments=''
	case $1 in
	6.1 | 6.12 | 6.12-rt) ;;
	6.12-13) lab_release=trixie ;;
	7) lab_release=trixie lab_chroot=1 ;;
	*)
		read -r lab_source lab_release lab_guest_kernel lab_fragments < <(
			awk -v kernel="$1" '$1 == kernel { $1 = ""; print }' "$lab_src/debug/kernels") || {
			echo "lab: $lab_self: no kernel $1: there are 6.1, 6.12, 6.12-rt, 7," \
				"$(built_kernels | sed 's/ /, /g')" >&2
			exit 2
		}
		[ "$lab_release" = bookworm ] || lab_chroot=1 ;;
	esac
}

# built_kernels: the names of those that the lab builds itself, in one line
built_kernels() {
	awk '!/^#/ { printf "%s%s", sep, $1; sep = " " }' "$lab_src/debug/kernels"
}

# debian_kernel DEBIAN: the lab's name of the kernel which that Debian has
debian_kernel() {
	case $1 in
	12 | plain-12) echo 6.1 ;;
	13 | plain-13) echo 6.12-13 ;;
	*) echo "lab: $lab_self: no Debian $1: there are 12, 13, plain-12 and plain-13" >&2; return 2 ;;
	esac
}

# sum_of FILE...: a checksum that changes with the files, for stamps
sum_of() {
	cat "$@" | sha256sum | cut -c1-16
}

# step STAMP WHAT COMMAND...: runs COMMAND unless STAMP has been written, and writes it when
# COMMAND has done all of its work. COMMAND runs in a subshell under set -e. What follows a
# dash in the stamp's name is a sum of what went into the step; stamps of other sums go.
step() {
	local stamp=$1 what=$2 began=$SECONDS status
	shift 2
	[ ! -e "$stamp" ] || return 0
	mkdir -p "${stamp%/*}"
	[[ ${stamp##*/} != *-* ]] || rm -f "${stamp%-*}"-*
	say "$what ..."
	set +e
	(set -e; "$@")
	status=$?
	set -e
	if [ "$status" != 0 ]; then
		say "$what: failed; the same command takes up again at this step"
		return "$status"
	fi
	touch "$stamp"
	say "$what: done in $((SECONDS - began)) s"
}

# room FOLDER MEGABYTES: fails when the disk of FOLDER has less room
room() {
	local free
	mkdir -p "$1"
	free=$(df --output=avail -m "$1" | tail -n 1)
	[ "$free" -ge "$2" ] ||
		die "$1 has $free MB free and $2 MB are needed; make room or move the checkout"
}

# as_owner COMMAND...: so that what a user makes belongs to root on the disk
as_owner() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		unshare --map-root-user "$@"
	fi
}
