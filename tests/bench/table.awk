# SPDX-License-Identifier: GPL-2.0-or-later
# Joins the figures file with measured values: a table on stdout, a column a
# target, and JSON. The values' files follow the figures file, each after
# target=NAME kernel=RELEASE. With check, the exit status is 1 when a limit is
# missed.

FNR == 1 && ++file > 1 {
    targets[++columns] = target
    release[target] = kernel
}
/^#/ || NF == 0 { next }

# without TARGET FIGURE,FIGURE... REASON
file == 1 && $1 == "without" {
    n = split($3, names, ",")
    of = $2
    $1 = $2 = $3 = ""
    sub(/^ */, "")
    for (i = 1; i <= n; i++) reason[of, names[i]] = $0
    next
}

file == 1 {
    name[++count] = $1
    unit[$1] = $2
    limit[$1] = $3
    $1 = $2 = $3 = ""
    sub(/^ */, "")
    text[name[count]] = $0
    next
}

!($1 in unit) { complain("no line in figures for " $1); next }
$2 == "-" {
    told[target, $1]
    if (!((target, $1) in reason))
        complain("no value for " $1 " on " target \
                 ", and figures does not say so: " $0)
    next
}
(target, $1) in reason {
    complain("a value for " $1 " on " target ", and figures says there is none")
}
{ value[target, $1] = $2; low[target, $1] = $3; high[target, $1] = $4 }

function complain(what) {
    print "bench: " what >"/dev/stderr"
    bad = 1
}

# All targets' turns with a null call, to the fastest.
function add_spread(    i, least, of) {
    for (i = 1; i <= columns; i++) {
        of = value[targets[i], "null_loop"]
        if (i == 1 || of < least) least = of
    }
    for (i = 1; i <= columns; i++) {
        of = value[targets[i], "null_loop"]
        value[targets[i], "null_loop_spread"] = of / least
    }
}

function is_left_out(figure) {
    return !boots && figure ~ /^boot_/ || !reloads && figure ~ /^reload/ ||
        columns < 2 && figure == "null_loop_spread"
}

function shown(number, of) {
    return sprintf(of == "ratio" ? "%.3f" : of == "s" ? "%.2f" : "%.1f", number)
}

function holds(figure, number) {
    return limit[figure] == "-" ||
        (limit[figure] ~ /^\+/ ? number >= limit[figure] + 0 \
                               : number <= limit[figure] + 0)
}

function or_null(number) {
    return number == "" || number == "-" ? "null" : number + 0
}

function add_json(of, entry) {
    json[of] = json[of] (json[of] == "" ? "" : ",") "\n      " entry
}

# One cell, and what JSON has of it.
function cell(figure, of,    mark) {
    if (!((of, figure) in value)) {
        if (!((of, figure) in reason) && !((of, figure) in told))
            complain("no value for " figure " on " of)
        add_json(of, sprintf("\"%s\": {\"value\": null, \"reason\": \"%s\"}",
                             figure, reason[of, figure]))
        return sprintf("%12s ", "-")
    }
    mark = holds(figure, value[of, figure]) ? " " : "!"
    measured[figure]
    if (mark == "!") missed[figure] = missed[figure] " " of
    add_json(of, sprintf("\"%s\": {\"value\": %s, \"unit\": \"%s\", " \
        "\"lower_quartile\": %s, \"upper_quartile\": %s, " \
        "\"limit\": %s, \"least\": %s, \"ok\": %s}", figure,
        value[of, figure], unit[figure], or_null(low[of, figure]),
        or_null(high[of, figure]), or_null(limit[figure]),
        limit[figure] ~ /^\+/ ? "true" : "false",
        mark == "!" ? "false" : "true"))
    return sprintf("%12s%s", shown(value[of, figure], unit[figure]), mark)
}

function row(figure,    i, cells, verdict) {
    for (i = 1; i <= columns; i++) cells = cells cell(figure, targets[i])
    if (limit[figure] != "-" && figure in measured)
        verdict = (figure in missed) ? "MISSED" : "ok"
    printf "%-21s%s %-5s %8s %-6s  %s\n", figure, cells, unit[figure],
        limit[figure], verdict, text[figure]
}

function head(    i, cells) {
    for (i = 1; i <= columns; i++)
        cells = cells sprintf("%12s ", targets[i])
    printf "%-21s%s %-5s %8s %-6s  %s\n", "figure", cells, "unit", "limit",
        "", "meaning"
}

END {
    if (columns > 1) add_spread()
    head()
    for (i = 1; i <= count; i++)
        if (!is_left_out(name[i])) row(name[i])
    printf "{" >json_file
    for (i = 1; i <= columns; i++)
        printf "%s\n  \"%s\": {\n    \"kernel\": \"%s\",\n" \
            "    \"figures\": {%s\n    }\n  }", (i > 1) ? "," : "", targets[i],
            release[targets[i]], json[targets[i]] >json_file
    print "\n}" >json_file
    for (i = 1; i <= count; i++)
        if (name[i] in missed) {
            print "bench: limit missed: " name[i] ":" missed[name[i]] \
                >"/dev/stderr"
            failed = check
        }
    exit bad || failed
}
