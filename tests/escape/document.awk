# sandbox/ENFORCED.md of what judge.awk wrote: for each class its file of directives, then that of attempts. Variables: date, kernel,
# possible (a file with the names of the attempts that get through somewhere without reeve).

# "ProtectSystem:EACCES,ReadOnlyPaths:EROFS": under the first directive, which is the one that most units use.
function first(cell) {
    sub(/,.*/, "", cell)
    return substr(cell, index(cell, ":") + 1)
}

# What the verdict, and what was seen, make of it.
function grade(said, tried, got) {
    if (said == "none" || said == "unsaid")
        return got > 0 ? "refused (" got " through)" : "refused"
    if (said == "partial")
        return got > 0 ? "degraded (" got " through)" : "degraded"
    return tried > 0 ? "enforced" : "enforced (by the place)"
}

BEGIN {
    FS = "|"
    while ((getline line < possible) > 0)
        is_possible[line] = 1
}
FNR == 1 {
    n = split(FILENAME, path, "/")
    if (path[n] == "directives") classes[++class_count] = path[n - 1]
    kind = path[n]
}
kind == "directives" {
    if (class_count == 1) rows[++row_count] = $1
    cell[$1, class_count] = grade($2, $3, $5)
    if ($5 > 0) through[class_count] += $5
}
kind == "attempts" {
    if (class_count == 1) attempts[++attempt_count] = $1
    alone[$1, class_count] = first($3)
    all[$1, class_count] = $4
    if ($4 == "ok") got[$5, class_count] = got[$5, class_count] " " $1
}

# The names in the list, with what is said of them.
function tell(list, words, part) {
    return list == "" ? "" : sprintf("%s%d %s:%s", "; ", split(list, part, " "), words, list)
}

function head(title, c, line, rule) {
    line = "| " title " |"
    rule = "|---|"
    for (c = 1; c <= class_count; c++) { line = line " " classes[c] " |"; rule = rule "---|" }
    print line "\n" rule
}

END {
    for (name in is_possible) possible_count++
    print "# What is enforced, class by class"
    print ""
    print "Made by `make escapes-record` on " date ", Linux " kernel "; do not edit. `make escapes` fails when a class is worse than here."
    print ""
    print "A unit with the one directive runs the attempts that it forbids (tests/escape), in containers that podman started with these options:"
    print "`default` none (reeve gives root up), `sys-admin` `--cap-add SYS_ADMIN` and `reeve --user 0` with `User=1001`, `locked` `--user 1001 --read-only"
    print "--cap-drop=all --security-opt no-new-privileges`, `docker` the same with Docker's default seccomp profile, `no-landlock` and"
    print "`docker-no-landlock` these two with profiles that know no Landlock, `rootless` podman of an ordinary user; `host` is no container, an ordinary user;"
    print "`lsm` is that on Debian 12's own kernel in a machine of its own, booted without Landlock (`lsm=lockdown,yama`)."
    print "Enforced: said in full, and no attempt got through (\"by the place\": nor does one without reeve). Degraded: held in part, as `reevectl"
    print "security` says, and how many got through. Refused: with `SandboxPolicy=strict` the unit does not start; these ran with `degrade`. Init, Control,"
    print "Seal, Services and SignalScope are no directives: PID 1 itself, its socket, the tracking of processes, and the other services of the same user."
    print "Credentials are those of another service; they are \"in part\" because one with neither a user namespace nor a Landlock domain could look for them."
    print "Not counted: what the directive does not hold with systemd either (AS_SYSTEMD in tests/escape)."
    print ""
    head("directive")
    for (r = 1; r <= row_count; r++) {
        line = "| " rows[r] " |"
        for (c = 1; c <= class_count; c++) line = line " " cell[rows[r], c] " |"
        print line
    }
    print ""
    print "## All directives together"
    print ""
    print "What gets through is of directives that are refused in that class (with `SandboxPolicy=strict` the unit would not have started; this one ran with"
    print "`degrade`), of directives that it holds in part, as `reevectl security` says, or of what no directive holds: a service may change the OOM score of"
    print "another of its user, which `reevectl security UNIT` says below its tables."
    print ""
    for (c = 1; c <= class_count; c++) {
        n = split(got["refused", c] got["degraded", c] got["open", c], list, " ")
        printf "* %s: %d of %d attempts got through%s%s%s\n", classes[c], n, attempt_count, tell(got["open", c], "that nothing holds"), \
            tell(got["degraded", c], "past what is held in part"), tell(got["refused", c], "of what is refused")
    }
    print ""
    print "## Attempt by attempt"
    print ""
    print possible_count " of these " attempt_count " get through somewhere without reeve; a \"°\" marks those that do not, which here prove nothing about us. What became of each"
    print "under the first directive that forbids it: `ok` it got through, else the errno or signal that stopped it; `-` there is nothing to try it on;"
    print "`unstarted` the unit could not be started any more."
    print ""
    head("attempt")
    for (i = 1; i <= attempt_count; i++) {
        name = attempts[i]
        line = "| " name (name in is_possible ? "" : " °") " |"
        for (c = 1; c <= class_count; c++) line = line " " alone[name, c] " |"
        print line
    }
}
