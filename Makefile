# SPDX-License-Identifier: GPL-2.0-only
# kpl011: `make help` says what can be made.

BUILD	?= build
VERSION	:= $(shell cat VERSION)
KDIR	?= /lib/modules/$(shell uname -r)/build
# What the kernel is called that the module is for. Not what its make kernelrelease says: with the
# headers of Debian 12 that is 6.1.192, where the kernel and its folder are 6.1.0-57-arm64.
KRELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
MODSRC	:= $(BUILD)/module

.PHONY: all
all: module console

.PHONY: help
help:
	@echo 'for this host, or with KDIR, ARCH, CROSS_COMPILE and SYSROOT for another:'
	@echo '  make              build kpl011.ko and kpl011 below $(BUILD)/'
	@echo '  make install      install all of it (DESTDIR, PREFIX), or one part:'
	@echo '  make install-console install-module install-dev'
	@echo '  make install-dkms the source of the module, for DKMS, in place of install-module'
	@echo '  make uninstall    remove all of it, or one part: uninstall-console ...'
	@echo 'on any Debian machine:'
	@echo '  make deb          Debian packages (DIST=bookworm|trixie, DEB_ARCH=arm64|amd64)'
	@echo '                    below $(BUILD)/deb/'
	@echo '  make dist         what is committed, as $(BUILD)/kpl011-VERSION.tar.xz'
	@echo '  make demo         boot an arm64 KVM host with three guests, and show them'
	@echo '  make check        all tests of a normal change'
	@echo '  make check-unit check-fuzz check-conformance check-style check-console check-packages'
	@echo '  make check-kselftest check-stress check-lab'
	@echo '                    its parts'
	@echo '  make check-quick  some of each, in less than three minutes: for while you work'
	@echo '  make check-proofs what is proven of the barriers, the UART and the ring'
	@echo '  make check-guests guests of all kinds, longer'
	@echo '  make check-matrix the parts that run on a kernel, on 6.1, 6.12 and 7, and the'
	@echo '                    conformance with the QEMU of Debian 13 and the newest, and'
	@echo '                    the packages and the commands of the README on Debian 12 and 13;'
	@echo '                    and the page of registers, nVHE, PREEMPT_RT and pKVM hosts'
	@echo '  make check-debug  the same on kernels built here with KASAN, lockdep, kmemleak and more,'
	@echo '                    or with KCSAN; any report of theirs fails it. Hours the first time'
	@echo '  make conformance-doc'
	@echo '                    write docs/differences-from-qemu.md anew'
	@echo '  make pictures     draw docs/pictures/ anew'
	@echo '  make fuzz         the fuzzers, FUZZ_TIME=n seconds each'
	@echo '  make fuzz-kernel  a fuzzer of the module in the emulated host, FUZZ_TIME=n seconds, or'
	@echo '                    FUZZ_INPUT=FILE, which failed before; builds a kernel the first time'
	@echo '  make stress       many guests and users without manners, STRESS_TIME=n seconds'
	@echo '  make coverage     how much of the UART and the ring their tests run'
	@echo '  make bench        the tables of speed, in about a quarter of an hour'
	@echo '  make bench-loggers'
	@echo '                    those of the daemon beside conserver, conman and virtlogd, in five minutes'
	@echo '  make bench-screens'
	@echo '                    those of the screen beside tmux and GNU screen, in two minutes'
	@echo '  make bench-doc    write those of the last make bench into the documentation'
	@echo '  make profile      the instructions of one access, function by function'
	@echo '  make clean        remove what was built, not what was downloaded'
	@echo '  make distclean    remove both'

# The kernel builds a module where its source is, so that is a copy.
.PHONY: module
module:
	@case "$${ARCH:-$$(uname -m)}" in arm64 | aarch64) ;; *) echo 'make: the module is for arm64 hosts: build it there, or say ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- KDIR=DIR' >&2; exit 1 ;; esac
	@test -e $(KDIR)/Makefile || { echo 'make: no kernel headers in $(KDIR): install linux-headers-$(shell uname -r), or say KDIR=DIR' >&2; exit 1; }
	@mkdir -p $(MODSRC)
	@cp -rup VERSION Kbuild kmod uapi $(MODSRC)/
	$(MAKE) -C $(KDIR) M=$(abspath $(MODSRC)) modules
	@cp -up $(MODSRC)/kpl011.ko $(BUILD)/

.PHONY: console
console:
	$(MAKE) -C console BUILD=$(abspath $(BUILD)) VERSION=$(VERSION) CROSS_COMPILE=$(CROSS_COMPILE) SYSROOT=$(SYSROOT)

include install.mk

# Whatever this machine is: in a chroot of that release.
DIST	 ?= bookworm
DEB_ARCH ?= arm64
.PHONY: deb
deb:
	tests/lab/deb --dist $(DIST) --arch $(DEB_ARCH) --out $(BUILD)/deb/$(DIST)

# The same commit gives the same bytes.
.PHONY: dist
dist:
	@git -C . ls-files --error-unmatch VERSION >/dev/null 2>&1 || { echo 'make: dist packs what is committed, and this is not a git clone of kpl011: use one' >&2; exit 1; }
	@tests/need git xz-utils
	@mkdir -p $(BUILD)
	git -c tar.tar.xz.command='xz -c' archive --format=tar.xz --prefix=kpl011-$(VERSION)/ \
		-o $(BUILD)/kpl011-$(VERSION).tar.xz HEAD

.PHONY: demo
demo:
	tests/demo/run

checks	:= check-unit check-fuzz check-conformance check-style check-console check-packages check-kselftest check-stress check-lab

.PHONY: check $(checks) check-quick check-proofs check-guests check-matrix check-debug
check:
	tests/check $(checks:check-%=%)
# For the inner loop.
check-quick:
	tests/check unit style:changed console:quick kselftest:quick
$(checks) check-proofs check-guests: check-%:
	tests/check $*
check-matrix:
	KPL011_LAB_OPTIONS='--module page=on' tests/check kselftest:6.1 stress:6.1 lab:6.1 \
		kselftest:6.12 stress:6.12 lab:6.12 guests kselftest:7 stress:7 lab:7
	KPL011_LAB_OPTIONS='--module page=on --append kvm-arm.mode=nvhe' \
		tests/check kselftest:6.12 stress:6.12 lab:6.12
	KPL011_LAB_OPTIONS='--module page=on --cpu max' tests/check kselftest:6.12 stress:6.12
	KPL011_LAB_OPTIONS='--module page=on' tests/check kselftest:6.12-rt stress:6.12-rt
	KPL011_LAB_OPTIONS='--append kvm-arm.mode=protected' \
		tests/check kselftest:6.12 stress:6.12 lab:6.12
	KPL011_LAB_EMULATE=1 KPL011_LAB_OPTIONS='--gic 2' tests/check kselftest:6.12 stress:6.12
	tests/check kselftest:6.1 stress:6.1 lab:6.1 kselftest:6.12 stress:6.12 lab:6.12 \
		kselftest:6.12-rt stress:6.12-rt lab:6.12-rt kselftest:7 stress:7 lab:7 \
		guests:6.12 \
		conformance:13 conformance:new packages:12 packages:13 readme:12 readme:13
# STRESS_TIME is seconds for each of two parts of stress.
check-debug:
	STRESS_TIME=$${STRESS_TIME:-300} tests/check \
		reports:6.12-debug kselftest:6.12-debug stress:6.12-debug lab:6.12-debug \
		reports:7-debug kselftest:7-debug stress:7-debug lab:7-debug \
		reports:6.12-kcsan kselftest:6.12-kcsan stress:6.12-kcsan kselftest:6.12-64k
	KPL011_LAB_OPTIONS='--module page=on' tests/check kselftest:6.12-debug stress:6.12-debug \
		kselftest:7-debug stress:7-debug kselftest:6.12-64k

.PHONY: conformance-doc
conformance-doc:
	tests/need gcc make libc6-dev python3 qemu-system-arm
	$(MAKE) -s -C tests/conformance BUILD=$(abspath $(BUILD))/conformance
	tests/conformance/document $(BUILD)/conformance/model docs/differences-from-qemu.md

.PHONY: pictures
pictures: console
	tests/need python3 python3-pexpect python3-pyte
	mkdir -p docs/pictures
	tests/console/pictures $(BUILD)/kpl011 docs/pictures
	tests/console/ways docs/pictures

# FUZZ_TIME is seconds for each target.
FUZZ_TIME ?= 60
.PHONY: fuzz
fuzz:
	tests/need gcc make libc6-dev clang libclang-rt-dev libvterm-dev libpcre2-dev libinih-dev \
		libjansson-dev
	$(MAKE) -s -C tests/fuzz BUILD=$(abspath $(BUILD))/fuzz FUZZ_TIME=$(FUZZ_TIME)
	KPL011_FUZZ_TIME=$(FUZZ_TIME) tests/console/run $(abspath $(BUILD)) hostile_bytes a_hostile_user

# FUZZ_INPUT is a file that it kept, to be done once more.
.PHONY: fuzz-kernel
fuzz-kernel:
	tests/fuzz-kernel/run $(if $(FUZZ_INPUT),--input $(FUZZ_INPUT),$(FUZZ_TIME))

# STRESS_TIME is seconds for each of two parts, STRESS_BYTES what each guest prints.
.PHONY: stress
stress:
	STRESS_TIME=$${STRESS_TIME:-120} STRESS_BYTES=$${STRESS_BYTES:-1000000} tests/check stress

.PHONY: coverage
coverage:
	@tests/need gcc make libc6-dev libcmocka-dev gcovr
	$(MAKE) -s -C tests/unit coverage BUILD=$(abspath $(BUILD))/unit

.PHONY: bench bench-screens bench-loggers bench-doc profile
bench:
	tests/bench/run
bench-screens:
	tests/bench/run --screens
bench-loggers:
	tests/bench/run --loggers
bench-doc:
	tests/need gnuplot-nox python3
	tests/bench/document build/bench/results
profile:
	tests/bench/profile

.PHONY: clean distclean
clean:
	rm -rf $(BUILD)/module $(BUILD)/console $(BUILD)/kpl011 $(BUILD)/kpl011.ko
	rm -rf $(BUILD)/check $(BUILD)/packages $(BUILD)/deb build/lab/*/build
distclean:
	rm -rf build
