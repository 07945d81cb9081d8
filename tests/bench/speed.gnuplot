# SPDX-License-Identifier: GPL-2.0-only
# Draws bars from the lines '"TITLE" VALUE...' of the file `rows`: a group for each line, in
# it a bar for each of the four `names` (quoted words). `unit` is what the
# values are. See tests/bench/document.
set terminal svg size 860,400 font "sans-serif,13" background "#ffffff"
set title "The cost of a guest's UART accesses, ".unit." (log scale)"
set key below horizontal width 2 samplen 1.5
set logscale y
set yrange [0.3:1e7]
set xrange [-0.6:3.6]
set format y "10^{%T}"
set grid ytics linecolor "#d0d0d0"
set border 3
set tics nomirror out scale 0.5
set xtics scale 0
set style data histogram
set style histogram clustered gap 1
set style fill solid 1 noborder
set boxwidth 0.92
set linetype 1 linecolor rgb "#8a3b12"
set linetype 2 linecolor rgb "#d98b4a"
set linetype 3 linecolor rgb "#2f6fab"
set linetype 4 linecolor rgb "#3f9c6b"

bars = 4
name(n) = word(names, n)
short(v) = v < 1e3 ? sprintf("%.0f", v) : v < 1e4 ? sprintf("%.1fk", v / 1e3) : \
	v < 1e6 ? sprintf("%.0fk", v / 1e3) : sprintf("%.2fM", v / 1e6)
# The middle of bar n of group g: a group is as wide as its bars and the gap of one.
middle(g, n) = g + (n - (bars + 1) / 2.0) / (bars + 1)
plot for [n = 1:bars] rows using (column(n + 1)):xticlabels(1) title name(n), \
	for [n = 1:bars] rows using (middle($0, n)):(column(n + 1)):(short(column(n + 1))) \
		with labels offset 0, 0.6 font ",11" notitle
