# SPDX-License-Identifier: GPL-2.0-or-later
# Joins the figures file with measured values: a table on stdout, and JSON.
# With check, the exit status is 1 when a limit is missed.

FNR == 1 { file++ }
/^#/ || NF == 0 { next }

file == 1 {
    name[++count] = $1
    unit[$1] = $2
    limit[$1] = $3
    $1 = $2 = $3 = ""
    sub(/^ */, "")
    text[name[count]] = $0
    next
}

!($1 in unit) { print "bench: no line in figures for " $1 >"/dev/stderr"; bad = 1 }
{ value[$1] = $2; low[$1] = $3; high[$1] = $4 }

function shown(number, of) {
    return sprintf(of == "ratio" ? "%.3f" : of == "s" ? "%.2f" : "%.1f", number)
}

function holds(of) {
    return limit[of] ~ /^\+/ ? value[of] >= limit[of] + 0 \
                              : value[of] <= limit[of] + 0
}

function row(of,    verdict) {
    verdict = limit[of] == "-" ? "" : holds(of) ? "ok" : "MISSED"
    if (verdict == "MISSED") missed = missed " " of
    printf "%-21s %10s %-5s %8s %-6s %10s %10s  %s\n", of,
        shown(value[of], unit[of]), unit[of], limit[of], verdict,
        shown(low[of], unit[of]), shown(high[of], unit[of]), text[of]
    printf "%s\n    \"%s\": {\"value\": %s, \"unit\": \"%s\", " \
        "\"lower_quartile\": %s, \"upper_quartile\": %s, " \
        "\"limit\": %s, \"least\": %s, \"ok\": %s}", comma, of, value[of],
        unit[of], low[of], high[of], limit[of] == "-" ? "null" : limit[of] + 0,
        limit[of] ~ /^\+/ ? "true" : "false",
        verdict == "MISSED" ? "false" : "true" >json
    comma = ","
}

END {
    printf "{\n  \"target\": \"%s\",\n  \"kernel\": \"%s\",\n" \
        "  \"figures\": {", arch, kernel >json
    printf "%-21s %10s %-5s %8s %-6s %10s %10s  %s\n", "figure", "median",
        "unit", "limit", "", "quartile", "quartile", "meaning"
    for (i = 1; i <= count; i++) {
        if (name[i] in value) {
            row(name[i])
        } else if ((boots > 0 || name[i] !~ /^boot_/) &&
                   (reloads > 0 || name[i] !~ /^reload/)) {
            print "bench: no value for " name[i] >"/dev/stderr"
            bad = 1
        }
    }
    print "\n  }\n}" >json
    if (missed != "") print "bench: limits missed:" missed >"/dev/stderr"
    exit bad || (check && missed != "")
}
