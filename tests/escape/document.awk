# sandbox/ENFORCED.md of what judge.awk wrote (document_read.awk). Variables: date, kernel, load,
# possible (a file with the names of the attempts that get through somewhere without reeve), topics (topics.txt), limits (a file with the tables of limits.awk).

BEGIN {
    while ((getline line < possible) > 0)
        is_possible[line] = 1
    while ((getline line < topics) > 0)
        if (line !~ /^#/) { split(line, part, "|"); topic[++topic_count] = part[1]; pattern[topic_count] = substr(line, length(part[1]) + 2) }
}
function count_of(list,    part) { return split(list, part, " ") }

# The names in the list, with what is said of them.
function tell(list, words) {
    return list == "" ? "" : sprintf("; %d %s:%s", count_of(list), words, list)
}

function put_topics(    t, i, c, line, all, can) {
    line = "| what is tried | attempts | get through without reeve |"
    for (c = 1; c <= class_count; c++) line = line " " classes[c] " |"
    print line
    gsub(/[^|]+/, "---", line)
    print line
    for (t = 1; t <= topic_count; t++) {
        all = can = 0
        split("", through)
        for (i = 1; i <= attempt_count; i++) {
            if (attempts[i] !~ pattern[t]) continue
            all++
            can += attempts[i] in is_possible
            for (c = 1; c <= class_count; c++) through[c] += (attempts[i], c) in is_through
        }
        line = "| " topic[t] " | " all " | " can " |"
        for (c = 1; c <= class_count; c++) line = line " " through[c] + 0 " |"
        print line
    }
}

END {
    for (name in is_possible) possible_count++
    print "# What is enforced, class by class"
    print ""
    print "Made by `make escapes-record` on " date ", Linux " kernel ", in one run (load " load "); do not edit. `make escapes` fails when a class is worse than here,"
    print "and, in any class, when something gets through that `reevectl security` does not call out, or when it calls out what does not."
    print ""
    print "A unit with the one directive runs the attempts that it forbids (tests/escape), in containers that podman started with these options:"
    print "`default` none (reeve gives root up), `sys-admin` `--cap-add SYS_ADMIN` and `reeve --user 0` with `User=1001`, `locked` `--user 1001 --read-only"
    print "--cap-drop=all --security-opt no-new-privileges`, `docker` the same with Docker's default seccomp profile, `no-landlock` and"
    print "`docker-no-landlock` these two with profiles that know no Landlock, `rootless` podman of an ordinary user; `host` is no container, an ordinary user;"
    print "`lsm` is that on Debian 12's own kernel in a machine of its own, booted without Landlock (`lsm=lockdown,yama`)."
    print "Enforced: said in full, and no attempt got through (\"by the place\": nor does one without reeve). Degraded: held in part, as `reevectl"
    print "security` says, and how many got through. Refused: reeve does not start with such a unit, and so nothing gets through, unless the unit has"
    print "`SandboxPolicy=degrade`: how many get through then. Not held: what is no directive of the unit, and so is not refused."
    print "Init, Control, Seal, Services and SignalScope are no directives: PID 1 itself, its socket, the tracking of processes, and the other services of"
    print "the same user. Credentials are those of another service: one that may read the file that they come from gets through there. ReadOnlyProc is"
    print "`ReadOnlyPaths=/proc`, HiddenProc `ProtectProc=invisible` and `ProcSubset=pid` beside `PrivatePIDs=yes`, BindRace `BindPaths=` of a directory that another service exchanges for a link meanwhile, OwnCredentials what a service"
    print "does to its own. What gives something (`AmbientCapabilities=`, `SecureBits=`, `Nice=` …) is tried by looking whether it is lacking."
    print "LockedPersonality is `LockPersonality=` beside `Personality=`, WrittenCredentials `SetCredential=`, CPUScheduling and TimerSlack"
    print "`CPUSchedulingPolicy=`, `CPUSchedulingResetOnFork=` and `TimerSlackNSec=`. `Memory…=`, `TasksMax=`, `CPUQuota=`, `AllowedCPUs=` and `IO…=` take a"
    print "cgroup: they are tried once more below."
    print "Without a row: `SystemCallLog=` forbids nothing. `ImportCredential=` ends in the same files as `LoadCredential=`, only its sources are found by"
    print "name (tests/shell/credentials.sh). `MountAPIVFS=` gives a `/proc` to RootDirectory's attempts, which need it. `IPAddressAllow=`,"
    print "`IPAddressDeny=` and `RestrictFileSystems=` are refused in every place, as soon as the unit is read (78). `StateDirectory=` and its kin make directories: tests/shell/root_pod.sh."
    print "Not counted: what the directive does not hold with systemd either (AS_SYSTEMD in tests/escape)."
    print ""
    put_directives()
    print ""
    while ((getline line < limits) > 0) print line
    print "## All directives together"
    print ""
    print "A unit that asks for all of them (not for those with \"alone\" in tests/escape/directives.txt, which give or replace something) runs all attempts"
    print "against them. Strict: the directives that are refused in the class are left out of the unit, since it would not have started with them."
    print "Degrade: they are in it, and what they do not hold there gets through. Each name below is of a directive that `reevectl security` says"
    print "not to be held, or to be held in part, in that class, or is told below its tables: the test sees to it."
    print ""
    for (c = 1; c <= class_count; c++) {
        printf "* %s, strict:%s %d of %d attempts got through%s\n", classes[c], refused[c] == "" ? "" : " does not start with" refused[c] ";", \
            count_of(strict[c]), tried_strict[c], strict[c] == "" ? "" : ":" strict[c]
        printf "* %s, degrade: %d of %d attempts got through%s%s%s%s\n", classes[c], \
            count_of(got["none", c] got["partial", c] got["systemd", c] got["held", c] got["free", c]), tried[c], \
            tell(got["held", c] got["free", c], "THAT NOTHING SAYS"), \
            tell(got["systemd", c], "that systemd does not hold either"), tell(got["partial", c], "past what is held in part"), tell(got["none", c], "of what is not held")
    }
    print ""
    print "## By what is tried"
    print ""
    print "How many there are, and how many got through all directives together with `SandboxPolicy=degrade`; an attempt may belong to several rows."
    print ""
    put_topics()
    print ""
    print "## Attempt by attempt"
    print ""
    print possible_count " of these " attempt_count " get through somewhere without reeve; a \"°\" marks those that do not, which here prove nothing about us. What became of each"
    print "under the first directive that forbids it, with `SandboxPolicy=degrade`: `ok` it got through, else the errno or signal that stopped it; `-` there"
    print "is nothing to try it on; `unstarted` the unit could not be started any more."
    print ""
    head("attempt")
    for (i = 1; i <= attempt_count; i++) {
        name = attempts[i]
        line = "| " name (name in is_possible ? "" : " °") " |"
        for (c = 1; c <= class_count; c++) line = line " " alone[name, c] " |"
        print line
    }
}
