# A small pod and what its services do, by the seed: for simulate.sh, which runs it for real and lets the simulator play it.
#
#   awk -v seed=N -v actor=PROGRAM -v out=DIRECTORY -v jitters=N -f simulate_generate.awk
#
# Writes into `out`:
#   units/       keep.service (reeve ends when no unit is left), default.target (wants it), go.target (wants all others)
#   scenario     for `reevectl simulate`; at 100 ms go.target is asked for
#   scenario.K   the same, but everything comes up to 30 ms later, in each another while
#   requests     what people do: "MS WORDS...", from the moment on when go.target is asked for
#
# What processes do comes in steps of 100 ms, what people do 50 ms beside them.
BEGIN {
    state = (seed * 48271 + 11) % 2147483647
    for (i = 0; i < 8; i++)
        random(2)
    count = 1 + random(4)
    split("a b c d", names, " ")
    wants = ""
    for (u = 1; u <= count; u++) {
        wants = wants " " names[u] ".service"
        service(u)
    }
    write_unit("go.target", "[Unit]\nWants=" substr(wants, 2) "\n")
    write_unit("default.target", "[Unit]\nWants=keep.service\n")
    # Sometimes nothing keeps the pod up to its end.
    keeps = random(4) > 0
    write_unit("keep.service", "[Service]\nExecStart=" actor " keep " (keeps ? "wait" : "stay 1400 exit 0") "\n")
    say(keeps ? "keep runs for ever" : "keep exits 0 after 1400+")
    say("keep stops after 0+")
    request_all()
    write_scenarios()
}

# 0 ... n - 1. Its own, since awks differ in rand(); all products are exact in a double.
function random(n) {
    state = (state * 16807) % 2147483647
    return int(state / 2147483647 * n)
}

# One of the words; a word that stands there twice comes twice as often.
function pick(words,    list, n) {
    n = split(words, list, " ")
    return list[1 + random(n)]
}

function write_unit(name, text) {
    printf "%s", text >(out "/units/" name)
    close(out "/units/" name)
}

# A line of the scenario; "+" behind a number is "ms, or somewhat later".
function say(line) {
    lines[++line_count] = line
}

function service(u,    name, type, text) {
    name = names[u]
    type = pick("simple simple exec oneshot notify notify")
    text = "[Unit]\n" dependencies(u) "StartLimitIntervalSec=10s\nStartLimitBurst=" pick("1 2 3 4 5") "\n"
    if (random(7) == 0) {
        text = text "FailureAction=exit\n"
        if (random(2))
            text = text "FailureActionExitStatus=" pick("7 42") "\n"
    }
    text = text "[Service]\nType=" type "\n"
    text = text "Restart=" pick(type == "oneshot" ? "no on-failure on-failure on-abnormal on-abort" : \
                                "no on-success on-failure on-failure on-abnormal on-abort always always") "\n"
    text = text "RestartSec=" pick("100 200 300") "ms\n"
    if (type == "oneshot" && random(3) == 0)
        text = text "RemainAfterExit=yes\n"
    if (random(3) == 0)
        text = text "SuccessExitStatus=" pick("1 3 7 KILL USR1") "\n"
    text = text "TimeoutStopSec=" pick("200 300") "ms\n"
    if (type == "notify")
        text = text "TimeoutStartSec=" pick("400 600") "ms\n"
    write_unit(name ".service", text "ExecStart=" actor " " name behaviour(name, type) "\n")
}

# On units before it, so that there are no cycles.
function dependencies(u,    text, v, kind) {
    for (v = 1; v < u; v++) {
        kind = pick("none none Requires Requires Wants BindsTo PartOf After")
        if (kind != "none" && kind != "After")
            text = text kind "=" names[v] ".service\n"
        if (kind != "none" && (kind == "After" || random(5)))
            text = text "After=" names[v] ".service\n"
    }
    return text
}

# Another one in the first, the second and every later run. Gives the steps of the actor.
function behaviour(name, type,    steps, stop) {
    stop = pick("die die die late exit deaf")
    if (stop == "late") {
        steps = " on TERM alarm=100 on ALRM exit=3"
        say(name " stops with 3 after 100+")
    } else if (stop == "exit") {
        steps = " on TERM exit=3"
        say(name " stops with 3 after 0+")
    } else if (stop == "deaf") {
        steps = " on TERM log"
        say(name " ignores TERM")
    } else {
        say(name " stops after 0+")
    }
    steps = steps " run 1" one_run(name, type, " in run 1") " end"
    if (random(2))
        steps = steps " run 2" one_run(name, type, " in run 2") " end"
    return steps one_run(name, type, "")
}

function one_run(name, type, which,    ready, ends, end, word) {
    ready = type != "notify" ? 0 : pick("0 100 200 300 300 never")
    ends = type == "oneshot" || random(3) > 0 ? pick("100 200 300 400 500") : 0
    if (ends && ends == ready)
        ends += 100
    word = pick("exit exit exit die")
    end = pick(word == "exit" ? "0 1 1 3 7" : "KILL TERM USR1 HUP")
    if (type == "notify")
        say(name (ready == "never" ? " never ready" : " ready after " ready "+") which)
    else if (type == "exec")
        say(name " ready after 0+" which)
    say(name (!ends ? " runs for ever" : (word == "exit" ? " exits " : " dies ") end " after " ends "+") which)
    if (type != "notify" || ready == "never" || (ends && ends < ready))
        return ends ? " stay " ends " " word " " end : " wait"
    return " stay " ready " ready" (ends ? " stay " ends - ready " " word " " end : " wait")
}

function request(at, words) {
    print at, words >(out "/requests")
    say("t=" at + 100 "+ " words)
}

function request_all(    at) {
    for (at = 350 + 100 * random(6); random(3) > 0 && at < 1200; at += 200 + 100 * random(4)) {
        name = names[1 + random(count)]
        if (random(4) == 0)
            request(at, name " dies KILL")
        else
            request(at, pick("start stop restart") " " name)
    }
    request(1350 + 100 * random(5), "shutdown")
}

function write_scenarios(    k, i, file, line) {
    for (k = 0; k <= jitters; k++) {
        file = out "/scenario" (k ? "." k : "")
        print "t=100ms start go.target" >file
        for (i = 1; i <= line_count; i++) {
            line = lines[i]
            while (match(line, /[0-9]+\+/))
                line = substr(line, 1, RSTART - 1) (substr(line, RSTART, RLENGTH - 1) + (k ? random(31) : 0)) "ms" \
                       substr(line, RSTART + RLENGTH)
            print line >file
        }
        close(file)
    }
}
