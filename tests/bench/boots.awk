# SPDX-License-Identifier: GPL-2.0-or-later
# From lines of "WALL CPU" without and with the plugin to tests/bench figures.

# The q-th quartile of what is in list[1..n].
function quartile(list, n, q,    i, j, t, at) {
    for (i = 2; i <= n; i++) {
        t = list[i]
        for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]
        list[j + 1] = t
    }
    at = 1 + (n - 1) * q / 4
    i = int(at)
    return i == n ? list[n] : list[i] + (at - i) * (list[i + 1] - list[i])
}

function report(name, list) {
    printf "%s %.4f %.4f %.4f\n", name, quartile(list, NR, 2),
        quartile(list, NR, 1), quartile(list, NR, 3)
}

{
    wall[NR] = $1
    cpu[NR] = $2
    wall_ratio[NR] = $3 / $1
    cpu_ratio[NR] = $4 / $2
}

END {
    report("boot_wall", wall)
    report("boot_wall_ratio", wall_ratio)
    report("boot_cpu", cpu)
    report("boot_cpu_ratio", cpu_ratio)
}
