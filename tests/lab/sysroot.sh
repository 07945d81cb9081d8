# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# The arm64 headers and libraries that programs are compiled against.

sysroot() {
	local new=$lab/sysroot.new
	mapfile -t packages < <(grep -v '^#' "$lab_src/packages.sysroot")
	apt_fetch_all "${packages[@]}"
	rm -rf "$new"
	unpack "$new"
	# A linker would look for these on this machine.
	find "$new" -type l -lname '/*' -printf '%p %l\n' | while read -r link target; do
		ln -sfr "$new$target" "$link"
	done
	rm -rf "$lab/sysroot"
	mv "$new" "$lab/sysroot"
}
