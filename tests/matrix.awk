# SPDX-License-Identifier: GPL-2.0-or-later
# Passes ctest's output on, and before its summary puts a table of what booted
# where: a row a test, a column a target with its kernel, in each cell how long
# it took; and before that, once more, how tests failed. In left_out is a file
# for each target that could not be set up, with the reason; the status is 1 for
# these, unless they are allowed.

function first_line(file,    line) {
    line = ""
    getline line <file
    close(file)
    return line
}

# NAME, or NAME:SUITE for another kernel than the target's own.
function release_of(column,    part, name) {
    split(column, part, ":")
    name = build "/targets/" part[1] (part[2] ? "/kernels/" part[2] : "") \
        "/release"
    name = first_line(name)
    return match(name, /^[0-9.]+(-[0-9]+)?/) ? substr(name, 1, RLENGTH) : "?"
}

function add(list, count, name,    i) {
    for (i = count; i > 0 && list[i] > name; i--) {
        list[i + 1] = list[i]
    }
    list[i + 1] = name
    return count + 1
}

function table(    i, j, line) {
    if (!columns) return
    line = sprintf("%-11s", "test")
    for (j = 1; j <= columns; j++) line = line sprintf("%17s", column[j])
    print "\n" line
    line = sprintf("%-11s", "Linux")
    for (j = 1; j <= columns; j++) {
        line = line sprintf("%17s", release_of(column[j]))
    }
    print line
    for (i = 1; i <= rows; i++) {
        line = sprintf("%-11s", row[i])
        for (j = 1; j <= columns; j++) {
            line = line sprintf("%17s", (row[i], column[j]) in cell ? \
                cell[row[i], column[j]] : "-")
        }
        print line
    }
}

# The reason is the last line that was said.
function reasons(    command, file, line, reason) {
    command = "ls " left_out
    while ((command | getline file) > 0) {
        reason = ""
        while ((getline line <(left_out "/" file)) > 0) reason = line
        print "left out: " file ": " reason
        missing = 1
    }
    close(command)
    if (missing && !allowed) {
        print "which is a failure: --allow-missing allows it"
    }
}

# What failed: "not ok" with its lines, or the last lines of what has none.
function keep_failure(    i) {
    if (!failing) return
    failures = failures "\n" failing "\n"
    if (told) {
        failures = failures told
        return
    }
    for (i = NR - 15; i < NR; i++) {
        if (i in last) failures = failures last[i] "\n"
    }
}

/^ *[0-9]+\/[0-9]+ Test +#/ || /^[0-9]+% tests passed/ {
    keep_failure()
    failing = / Passed / || /^[0-9]+%/ ? "" : $4
    told = ""
    telling = 0
    split("", last)
}

failing && !/^ *(Start|[0-9]+\/[0-9]+ Test) / {
    if (/^(not )?ok /) telling = /^not/ ? 30 : 0
    if (telling-- > 0) told = told $0 "\n"
    last[NR] = $0
    delete last[NR - 15]
}

/ Test +#[0-9]+: boot\// {
    match($0, /boot\/[^ ]+/)
    split(substr($0, RSTART, RLENGTH), part, "/")
    if (!(part[2] in has_column)) columns = add(column, columns, part[2])
    if (!(part[3] in has_row)) rows = add(row, rows, part[3])
    has_column[part[2]] = has_row[part[3]] = 1
    cell[part[3], part[2]] = / Passed / ? sprintf("%.0f s", $(NF - 1)) \
                                        : "FAILED"
}

/^[0-9]+% tests passed/ {
    printf "%s", failures
    table()
    print ""
    reasons()
    print ""
}

{ print; fflush() }

END { exit missing && !allowed }
