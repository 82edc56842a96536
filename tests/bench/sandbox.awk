# The tables of sandbox.sh from its files: what was tried is counted by the directive that forbids it.
function base(path) { sub(/.*\//, "", path); return path }
function ms(us) { return sprintf(us < 10000 ? "%.2f ms" : "%.0f ms", us / 1000) }
# "12/12": refused, of what gets through without a sandbox there.
function cell(tool, group,    of) {
    of = tool ~ /^systemd/ ? "systemd.control" : "control"
    return total[of, group] ? refused[tool, group] + 0 "/" total[of, group] : "-"
}
function code_row(label, values, unit, suffix,    names, n, i, line) {
    n = split("reeve-sandbox bwrap minijail firejail systemd", names, " ")
    for (i = 1; i <= n; i++) line = line " " (values[names[i]] > 0 ? int(values[names[i]] / unit) suffix : "-") " |"
    return "| " label " |" line
}
function row_of_time(name, label) {
    if (!(name in wall)) return
    printf "| %s | %s | %s to %s | %s to %s | %.1f | %s | %s | %.1f |\n", label, ms(wall[name]), ms(low[name]), ms(high[name]),
        ms(least[name]), ms(most[name]), wall[name] / wall[bare_of[name]], name == "bare" || name in as_pid_1 ? ms(own[name]) : "",
        ms(cpu[name]), cpu[name] / cpu[bare_of[name]]
}
BEGIN {
    unit_count = split("redis datahub kairos xvfb chromium", unit, " ")
    for (i = 1; i <= unit_count; i++) as_pid_1["reeve-" unit[i]] = 1
    as_pid_1["reeve-all"] = 1
}
{ file = base(FILENAME) }
file == "host" { key = $2; sub(/^host [a-z]+ /, ""); host[key] = $0; next }
file == "asked" { is_asked[$1] = 1; next }
file == "sizes" { size[$1] = $2; others[$1] = $2 + $3; code[$1] = $4; next }
file ~ /times$/ {
    name = file == "systemd.times" && $1 == "bare" ? "bare-container" : $1
    wall[name] = $2; low[name] = $3; high[name] = $4; least[name] = $5; most[name] = $6; samples = $7; own[name] = $8; cpu[name] = $9
    bare_of[name] = file == "systemd.times" ? "bare-container" : "bare"
    next
}
file == "list" {
    split($0, part, "|"); groups[part[1]] = part[2]
    n = split(part[2], word, " ")
    for (i = 1; i <= n; i++) if (word[i] in is_asked) counts[part[1]] = 1
    for (i = 1; i <= n; i++) if ((word[i] in is_asked) && !(word[i] in seen)) { seen[word[i]] = 1; order[++group_count] = word[i] }
    next
}
$1 != "escape" { next }
file ~ /control$/ {
    if ($3 != "ok") next
    through[file, $2] = 1
    n = split(groups[$2], word, " ")
    for (i = 1; i <= n; i++) total[file, word[i]]++
    if ($2 in counts) total[file, "all"]++
    next
}
{
    tool = file; sub(/\.holds$/, "", tool); has[tool] = 1
    of = tool ~ /^systemd/ ? "systemd.control" : "control"
    if (!((of, $2) in through) || $3 == "ok" || $3 == "-") next
    n = split(groups[$2], word, " ")
    for (i = 1; i <= n; i++) refused[tool, word[i]]++
    if ($2 in counts) refused[tool, "all"]++
}
END {
    printf "%s, reeve %s, %s, Linux %s; load %s; %d starts of each, taking turns\n\n", host["date"], host["commit"],
        host["versions"], host["kernel"], host["load"], samples
    print "| from fork to the first line of the program | median | quartiles | extremes | times bare | CPU until then | CPU in all | times bare |"
    print "|---|---|---|---|---|---|---|---|"
    row_of_time("bare", "fork and exec alone")
    for (i = 1; i <= unit_count; i++) row_of_time("reeve-" unit[i], "reeve, as PID 1 does it: " unit[i] ".service of the pod")
    row_of_time("reeve-all", "reeve, as PID 1 does it: all directives")
    row_of_time("reeve-sandbox", "reeve-sandbox: reads the unit, tries the place, plans, then the same")
    row_of_time("bwrap", "bubblewrap")
    row_of_time("minijail", "minijail0")
    row_of_time("firejail", "firejail (setuid root)")
    row_of_time("bare-container", "in the container of systemd: fork and exec alone")
    row_of_time("systemd", "systemd-run, by root's systemd")
    row_of_time("systemd-user", "systemd-run --user")
    count = split("reeve-sandbox bwrap minijail firejail systemd-user systemd", tools, " ")
    line = "\n| refused, of the attempts that get through without |"; rule = "|---|"; sums = "| all |"
    for (t = 1; t <= count; t++) if (tools[t] in has) { line = line " " tools[t] " |"; rule = rule "---|"; sums = sums " " cell(tools[t], "all") " |" }
    print line; print rule
    for (g = 1; g <= group_count; g++) {
        line = ""; any = 0
        for (t = 1; t <= count; t++) if (tools[t] in has) { line = line " " cell(tools[t], order[g]) " |"; any += cell(tools[t], order[g]) != "-" }
        if (any) print "| " order[g] " |" line
    }
    print sums
    print "\n| code | reeve-sandbox | bwrap | minijail | firejail | systemd |\n|---|---|---|---|---|---|"
    print code_row("text of the program, its helpers and its own libraries", size, 1000, " kB")
    print code_row("with the libraries of others, but for the C library", others, 1000, " kB")
    print code_row("lines of C", code, 1, "")
}
