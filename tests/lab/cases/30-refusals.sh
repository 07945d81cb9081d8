# SPDX-License-Identifier: GPL-2.0-only
# Bad input: a clear message, the documented exit status, and nothing changed.
# shellcheck shell=bash disable=SC2154

ports() {
	kpl011 list --json | grep -c '"id"' || true
}

# refused STATUS TEXT COMMAND...: and no port came of it.
refused() {
	local before status=$1 text=$2
	shift 2
	before=$(ports)
	expect_exit "$status" "$@"
	says "$text"
	[ "$(ports)" = "$before" ]
}

guest start web hello
wait_for 20 test -s /tmp/web.pid
web=$(pid_of web)

try 'attach to a process that is not there' refused 3 999999 kpl011 attach 999999
try 'attach to a name that no VM has' refused 3 nobody kpl011 attach nobody
try 'attach to a process that is no VM' refused 10 "$$" kpl011 attach $$
try 'attach where the VM has memory' refused 9 0x40000000 kpl011 attach --gpa 0x40000000 "$web"
try 'attach where the VM has its GIC' refused 9 0x8000000 kpl011 attach --gpa 0x8000000 "$web"
try 'attach at an address that is no page' refused 2 0x9000004 kpl011 attach --gpa 0x9000004 "$web"
try 'attach with an INTID that is no SPI' refused 2 31 kpl011 attach --intid 31 "$web"
try 'attach with an INTID that the GIC does not have' refused 1 1019 kpl011 attach --intid 1019 "$web"
try 'attach with a history that is no power of two' refused 2 5000 kpl011 attach --ring 5000 "$web"

another_users_vm() {
	refused 6 "$web" setpriv --reuid 1000 --regid 1000 --clear-groups kpl011 attach "$web"
	says root
}
try "attach to another user's VM" another_users_vm

without_kvm() {
	local status=0
	mv /dev/kvm /dev/kvm.away
	refused 5 /dev/kvm kpl011 attach $$ || status=1
	mv /dev/kvm.away /dev/kvm
	return $status
}
try 'attach on a machine without /dev/kvm' without_kvm

twice() {
	kpl011 attach "$web"
	refused 8 web kpl011 attach "$web"
}
try 'attach twice' twice

taken_intid() {
	refused 9 33 kpl011 attach --gpa 0x9040000 "$web"
}
try 'attach with the INTID of another port' taken_intid

no_such_guest() {
	expect_exit 3 kpl011 log nobody
	says nobody
	expect_exit 3 kpl011 console nobody
	expect_exit 3 kpl011 send nobody x
}
try 'log, console and send to a guest that is not there' no_such_guest

ambiguous_name() {
	guest start web2 hello
	kpl011 attach web2
	expect_exit 4 kpl011 log 'web*'
	says web2
}
try 'a pattern that several guests match names them' ambiguous_name

others_ports_are_closed() {
	expect_exit 3 setpriv --reuid 1000 --regid 1000 --clear-groups kpl011 log web ||
		expect_exit 6 setpriv --reuid 1000 --regid 1000 --clear-groups kpl011 log web
	! setpriv --reuid 1000 --regid 1000 --clear-groups cat /dev/kpl011/* 2>/dev/null ||
		fail 'another user reads the console'
}
try "another user's guest cannot be read" others_ports_are_closed

own_vm_without_root() {
	rm -f /tmp/mine.*
	setpriv --reuid 1000 --regid 1000 --groups "$(stat -c %g /dev/kvm)" sh -c '
		guest start mine hello
		kpl011 attach mine && kpl011 list && kpl011 log mine'
}
try 'a user without rights attaches, lists and reads a guest that is theirs' own_vm_without_root

too_many_ports() {
	local max=/sys/module/kpl011/parameters/ports_max before status=0
	before=$(cat "$max")
	setpriv --reuid 1000 --regid 1000 --groups "$(stat -c %g /dev/kvm)" guest start more hello
	echo 0 >"$max"
	# Root's attach is for that user, too.
	refused 1 'may not have another port, or not another 64 KiB of history' kpl011 attach more &&
		says "user $(id -nu 1000)" && says ports_max || status=1
	echo "$before" >"$max"
	[ "$status" = 0 ] && kpl011 attach more
}
try 'a port more than a user may have' too_many_ports

no_gic_in_the_kernel() {
	guest start gicless hello -M kernel-irqchip=off,gic-version=2
	# KVM gives a VM no GIC once it has run.
	wait_for 60 grep -q . /tmp/gicless.serial
	refused 1 'cannot attach gicless' kpl011 attach gicless &&
		says 'no interrupt of the UART can reach it' && says kernel-irqchip=off
}
try 'a guest that no interrupt can reach' no_gic_in_the_kernel
