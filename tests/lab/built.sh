# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# A kernel that the lab builds itself, out of tree, from a Debian package with the source. The
# kernels of a release share one source. make goes on where it was when it was interrupted.

# built_source: the source, as its package has it
built_source() {
	local package=$lab_source
	[[ $package != *. ]] || package=$(apt_newest "$package" '')
	[ -n "$package" ] || die "apt has no $lab_source* in $lab_release"
	apt_fetch "$package"
	rm -rf "$built_source.new"
	mkdir -p "$built_source.new"
	dpkg-deb --fsys-tarfile "${apt_files[0]}" |
		tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ --strip-components=1 --no-same-owner -C "$built_source.new"
	rm -rf "$built_source"
	mv "$built_source.new" "$built_source"
}

# built_do COMMAND...: where the compiler of the kernel is
built_do() {
	local where=()
	[ "$lab_chroot" = 0 ] || where=(in_chroot)
	"${where[@]}" env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL "$@" </dev/null 7>&- 9>&-
}

built_make() {
	local cross=()
	[ "$machine" = arm64 ] || cross=(CROSS_COMPILE=aarch64-linux-gnu-)
	built_do make -C "$built_source" O="$lab_k/tree" ARCH=arm64 LOCALVERSION= \
		KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=kpl011 "${cross[@]}" "$@"
}

# built_config: defconfig without modules, with the fragments over it. An option that another
# one forbids, or that this kernel does not know, is an error.
built_config() {
	local fragments
	mkdir -p "$lab_k/tree"
	mapfile -t fragments < <(built_fragments)
	{
		built_make -s defconfig virt.config mod2noconfig
		built_do sh -c 'cd "$1" && shift && exec "$@"' sh "$lab_k/tree" \
			"$built_source/scripts/kconfig/merge_config.sh" -m -Q -O "$lab_k/tree" \
			"$lab_k/tree/.config" "${fragments[@]}"
		built_make -s olddefconfig
	} >"$lab_k/config.log" 2>&1 || { tail -n 15 "$lab_k/config.log" >&2; die "no configuration"; }
	cat "${fragments[@]}" | awk '
		/^# CONFIG_.* is not set$/ { said[part, $2] = "n"; names[$2] }
		/^CONFIG_/ { name = $0; sub(/=.*/, "", name); names[name]
			said[part, name] = substr($0, length(name) + 2) }
		END {
			for (name in names) {
				value = (2, name) in said ? said[2, name] : "n"
				if ((1, name) in said && said[1, name] != value) {
					print "lab: " name " is " value ", not " said[1, name]
					status = 1
				}
			}
			exit status
		}' part=1 - part=2 "$lab_k/tree/.config" >&2 || die "$kernel has not the configuration that is wanted"
}

# built_fragments: the files of the configuration of this kernel
built_fragments() {
	local name
	for name in $lab_fragments; do
		echo "$lab_src/debug/$name.config"
	done
}

# built_image: the image, and what a module is compiled against. Says every half minute how far
# it is; what make prints is in make.log.
built_image() {
	local new=$lab_k/image.new ticker
	(
		while sleep 30 && kill -0 $$ 2>/dev/null; do
			say "kernel $kernel: $(find "$lab_k/tree" -name '*.o' | wc -l) objects after $SECONDS s;" \
				"$(tail -n 1 "$lab_k/make.log")"
		done
	) 7>&- 9>&- &
	ticker=$!
	trap 'kill "$ticker" 2>/dev/null' EXIT
	built_make -j "$(nproc)" Image modules >"$lab_k/make.log" 2>&1 || {
		grep -A 5 -E 'error|Error|No space' "$lab_k/make.log" | head -n 30 >&2
		die "make failed, see $lab_k/make.log"
	}
	rm -rf "$new"
	mkdir -p "$new/modules"
	: >"$new/modules/order"
	cp "$lab_k/tree/arch/arm64/boot/Image" "$new/Image"
	cp "$lab_k/tree/.config" "$new/config"
	rm -rf "$lab_k/image"
	mv "$new" "$lab_k/image"
	ln -sfn tree "$lab_k/kdir"
}
