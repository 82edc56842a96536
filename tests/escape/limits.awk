# The part of sandbox/ENFORCED.md on directives that take a cgroup, of what tests/machine/limits.sh has seen (document_read.awk).

END {
    for (at in cell) sub(/ \(by the place\)/, " (looked at)", cell[at])
    print "## Below a cgroup of one's own"
    print ""
    print "None of the places above gives a cgroup. tests/machine/limits.sh has one: Debian 12's kernel in a machine of its own, cgroup v2 with all controllers,"
    print "below which reeve was started as root; a RAM disk, swap, two nodes of memory. `cgroup`: the services are `User=1001`; `cgroup-shared`: their cgroup"
    print "belongs to their own user, who may change it, as `reevectl security` says. The same attempts, one directive at a time."
    print "`MemoryMax=` and `MemoryHigh=` are tried without swap, `MemorySwapMax=` with it. Beyond `MemoryHigh=` memory is filled page by page: one call"
    print "that fills huge pages is held up once, at its end, below systemd as well. `MemoryMin=`, `MemoryLow=`, `MemoryZSwapMax=` and the weights are no"
    print "limits that something could get past: looked for is whether the cgroup has them (a process of the service reads it there)."
    print ""
    put_directives()
    print ""
    print "What became of each attempt under the first of these directives that forbids it; `-` there is nothing to try it on."
    print ""
    head("attempt")
    for (i = 1; i <= attempt_count; i++) {
        line = "| " attempts[i] " |"
        is_tried = 0
        for (c = 1; c <= class_count; c++) {
            line = line " " alone[attempts[i], c] " |"
            is_tried += alone[attempts[i], c] != ""
        }
        if (is_tried) print line
    }
    print ""
}
