# Is what a pod did what the simulator says? For simulate.sh.
#
#   awk -f simulate_compare.awk tolerance=MS src=sim sim.json src=jitter run=1 sim.1.json ... \
#       src=units units/* src=log log src=watch watch src=times times
#
# Prints what differs and ends with 1. With the plays alone it says nothing and ends with 1 when a play with jitter has other
# notes of a unit than the exact one, or at a time off by more than the tolerance. Compared is, beside what simulate.sh does itself:
#
#   notes   What reeve logs of a unit and what the simulator traces as "note" are the same words, made by the same
#           function: starting, started, how a process ended, with which result the unit failed, restarts with their number,
#           time-outs, limits. Of each unit: all of them, in the same order, and at the same time but for the tolerance.
#           Between units: an order that is the same in the exact play and in all those with jitter (simulate_generate.awk) is
#           fixed by the grid or by a dependency; then it is the same in the pod, too. What comes at one moment has an order
#           only when one of the units names the other.
#   states  `reevectl watch` tells a state only when the pod comes to rest in it, the simulator traces all that are passed.
#           So: no state that the simulator has not, in its order, and each one that lasts for a step of the grid.
#   count   of automatic restarts, of which `reevectl watch` tells NRestarts= when the pod comes to rest: one that the next
#           start by a job undoes within a step of the grid, or after which the pod ends within one, may be seen or not.
#   actors  When each process started, and got SIGTERM: from the processes themselves. One that lives shorter than half a
#           step may be gone before it tells anything.
#
# Not seen in the pod, and left out: moves through states at one moment, SIGKILL and SIGCONT, reeve's own units, what
# happened before go.target was asked for.
function member(key,    text) {
    if (!match($0, "\"" key "\":(\"[^\"]*\"|[0-9]+|null)"))
        return ""
    text = substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
    gsub(/"/, "", text)
    return text
}

# Has this play the same notes of each unit as the exact one, at about the same times?
function compare_play(run,    unit, i, late) {
    if (placed[run] != placed[0])
        return 0
    for (unit in units)
        for (i = 1; i <= notes[0, unit]; i++) {
            late = note_at[run, unit, i] - note_at[0, unit, i]
            if (note[run, unit, i] != note[0, unit, i] || late > tolerance || late < -tolerance)
                return 0
        }
    return 1
}

# add_note PLAY AT UNIT TEXT: PLAY is 0 (exact), 1, 2 ... or "real"
function add_note(play, at, unit, text,    i) {
    i = ++notes[play, unit]
    note[play, unit, i] = text
    note_at[play, unit, i] = at
    place[play, unit, i] = ++placed[play]
    if (placed[play] == 1)
        begin[play] = at
}

# NRestarts= as systemd counts: up with each automatic restart, 0 with a start by a job. What lasts shorter than a step of the
# grid, at 0 or above, is no certain sight.
function count_restart(unit, at, from, to) {
    if (to == "auto-restart-queued") {
        if (unit in reset_at && at - reset_at[unit] < step)
            unseen[unit]++
        else
            raised_at[unit, ++raised[unit]] = at
    } else if (to == "condition" && from ~ /^(dead|failed)$/) {
        settle_restarts(unit, at)
        reset_at[unit] = at
    }
}

function settle_restarts(unit, at,    i) {
    for (i = 1; i <= raised[unit]; i++)
        unseen[unit] += at - raised_at[unit, i] < step
    raised[unit] = 0
}

function compare_restarts(unit) {
    settle_restarts(unit, ended_at)
    if (seen_restarts[unit] > restarts[unit] || seen_restarts[unit] < restarts[unit] - unseen[unit])
        problem(sprintf("%s: %d restarts were seen, the simulator has %d, of which %d may be unseen", unit,
            seen_restarts[unit], restarts[unit], unseen[unit]))
}

function problem(text) {
    print text
    problems++
}

BEGIN {
    step = 100
    last_run = 0
}

src == "sim" { play = 0 }
src == "jitter" { play = last_run = run }
(src == "sim" || src == "jitter") && /^\{"t_us"/ {
    at = member("t_us") / 1000
    unit = member("unit")
    event = member("event")
    # At 100 ms go.target is asked for.
    if (at < 100 || unit == "")
        next
    # Reeve does not tell of a process that ended well.
    if (event == "note" && member("text") !~ /process exited, code=exited, status=0\/SUCCESS$/)
        add_note(play, at, unit, member("text"))
    if (src == "jitter")
        next
    units[unit]
    ended_at = at
    if (event == "state") {
        count_restart(unit, at, member("from"), member("to"))
        states[unit]++
        state[unit, states[unit]] = member("to")
        state_at[unit, states[unit]] = at
    } else if (event == "spawn" || (event == "signal" && member("signal") == "TERM")) {
        acts[unit]++
        act[unit, acts[unit]] = event == "spawn" ? "start" : "got TERM"
        act_at[unit, acts[unit]] = at
        act_end[unit, acts[unit]] = -1
    } else if (event == "note" && member("text") ~ /^main process exited/) {
        for (i = acts[unit]; i > 0 && act_end[unit, i] < 0; i--)
            act_end[unit, i] = at
    }
}
src == "sim" && /^\{"unit":/ { restarts[member("unit")] = member("restarts") }
src == "sim" && /^\{"unit":/ { units[member("unit")] }

src == "units" && /^[A-Za-z]+=[a-z. ]+$/ {
    unit = FILENAME
    sub(/.*\//, "", unit)
    sub(/^[A-Za-z]+=/, "")
    for (i = 1; i <= NF; i++)
        is_related[unit, $i] = is_related[$i, unit] = 1
}

# 2026-11-25T17:09:55.446649+00:00 reeve: a.service: starting
src == "log" && $2 == "reeve:" && $3 ~ /:$/ {
    unit = substr($3, 1, length($3) - 1)
    if (/reeve: default.target is up/)
        is_up = 1
    if (!is_up || !(unit in units))
        next
    split(substr($1, 12, 15), clock, ":")
    at = (clock[1] * 3600 + clock[2] * 60 + clock[3]) * 1000
    if (placed["real"] && at < begin["real"] - 1000)
        at += 86400000
    text = $0
    sub(/^[^ ]* reeve: [^ ]*: /, "", text)
    add_note("real", at, unit, text)
}
src == "log" && /reeve: default.target is up/ { is_up = 1 }

# Wed 2026-11-25 17:09:55 UTC a.service activating (auto-restart) result=exit-code restarts=0
src == "watch" && match($0, /[a-z]+\.(service|target) [a-z]+ \([a-z-]+\)/) {
    split(substr($0, RSTART, RLENGTH), words, " ")
    unit = words[1]
    if (!(unit in units))
        next
    pid = match($0, / pid=[0-9]+/) ? substr($0, RSTART + 5, RLENGTH - 5) : 0
    sub(/.* restarts=/, "")
    seen_restarts[unit] += $1 + 0 >= was_restarts[unit] ? $1 - was_restarts[unit] : $1
    was_restarts[unit] = $1 + 0
    gsub(/[()]/, "", words[3])
    # The first one of each is how it was before; a state with another process is a new one.
    if (!(unit in was))
        first[unit] = words[3]
    if (unit in was && (was[unit] != words[3] || (pid && was_pid[unit] && pid != was_pid[unit])))
        seen[unit, ++seens[unit]] = words[3]
    was[unit] = words[3]
    was_pid[unit] = pid
}

# 7622825 a start
src == "times" && $2 ".service" in units && ($3 == "start" || ($3 == "got" && $4 == "TERM")) {
    unit = $2 ".service"
    if (unit == "keep.service" && $3 == "start")
        next
    if (!times_begin)
        times_begin = $1
    real_acts[unit]++
    real_act[unit, real_acts[unit]] = $3 ($4 == "" ? "" : " " $4)
    real_act_at[unit, real_acts[unit]] = $1
}

function compare_notes(unit,    i, n, late) {
    n = notes[0, unit] > notes["real", unit] ? notes[0, unit] : notes["real", unit]
    for (i = 1; i <= n; i++)
        if (note[0, unit, i] != note["real", unit, i]) {
            problem(unit ": note " i " is '" note["real", unit, i] "', the simulator has '" note[0, unit, i] "'")
            return
        }
    for (i = 1; i <= n; i++) {
        late = (note_at["real", unit, i] - begin["real"]) - (note_at[0, unit, i] - begin[0])
        most = late > most ? late : most
        if (late > tolerance || late < -tolerance)
            problem(sprintf("%s: note %d, '%s', is %d ms late", unit, i, note[0, unit, i], late))
    }
}

# Only where the notes of both units are those of the simulator.
function compare_order(a, b,    i, k, r, before, is_fixed) {
    for (r = 0; r <= last_run; r++)
        if (notes[r, a] != notes["real", a] || notes[r, b] != notes["real", b])
            return
    for (i = 1; i <= notes[0, a]; i++)
        for (k = 1; k <= notes[0, b]; k++) {
            before = place[0, a, i] < place[0, b, k]
            is_fixed = note_at[0, a, i] != note_at[0, b, k] || (a, b) in is_related
            for (r = 1; r <= last_run && is_fixed; r++)
                is_fixed = (place[r, a, i] < place[r, b, k]) == before
            pairs += is_fixed
            if (is_fixed && (place["real", a, i] < place["real", b, k]) != before) {
                problem(sprintf("order: %s '%s' comes %s %s '%s', the simulator has it %s", a, note[0, a, i],
                    before ? "after" : "before", b, note[0, b, k], before ? "before" : "after"))
                return
            }
        }
}

function lasts(unit, i) {
    return i == states[unit] || state_at[unit, i + 1] - state_at[unit, i] >= step
}

# What comes back to the state that was seen last at one moment may not be seen.
function must_be_seen(unit, i, last) {
    return lasts(unit, i) && state[unit, i] != last
}

function compare_states(unit,    i, k, text, last) {
    last = first[unit]
    i = 1
    for (k = 1; k <= seens[unit]; k++) {
        while (i <= states[unit] && state[unit, i] != seen[unit, k] && !must_be_seen(unit, i, last))
            i++
        if (i > states[unit] || state[unit, i] != seen[unit, k]) {
            text = i > states[unit] ? "no more" : "'" state[unit, i] "' at " state_at[unit, i] " ms"
            problem(unit ": state " k " seen is '" seen[unit, k] "', the simulator has " text)
            return
        }
        last = seen[unit, k]
        i++
    }
    for (; i <= states[unit]; i++)
        if (must_be_seen(unit, i, last))
            problem(unit ": was not seen in state '" state[unit, i] "', which it has at " state_at[unit, i] " ms")
}

function lives(unit, i) {
    return act_end[unit, i] < 0 || act_end[unit, i] - act_at[unit, i] >= step / 2
}

# A process dies of SIGTERM at once, and has told of it: its life before that counts.
function must_tell(unit, i,    k) {
    for (k = i; k > 1 && act[unit, k] != "start"; k--)
        ;
    return lives(unit, k)
}

function compare_actors(unit,    i, k, zero, late) {
    k = 1
    for (i = 1; i <= acts[unit]; i++) {
        if (real_act[unit, k] != act[unit, i]) {
            if (!must_tell(unit, i))
                continue
            problem(sprintf("%s: its process says '%s' as number %d, the simulator has '%s' at %d ms", unit,
                real_act[unit, k], k, act[unit, i], act_at[unit, i]))
            return
        }
        late = (real_act_at[unit, k] - times_begin) - (act_at[unit, i] - acts_begin)
        if (late > tolerance || late < -tolerance)
            problem(sprintf("%s: its process says '%s' %d ms late", unit, act[unit, i], late))
        k++
    }
    if (k <= real_acts[unit])
        problem(unit ": its process says '" real_act[unit, k] "', of which the simulator knows nothing")
}

# Only the plays were given: do they all take the same course?
function has_course(    r) {
    for (r = 1; r <= last_run; r++)
        if (!compare_play(r))
            return 0
    return 1
}

END {
    if (src == "jitter")
        exit !has_course()
    acts_begin = -1
    for (unit in units)
        for (i = 1; i <= acts[unit]; i++)
            if (act[unit, i] == "start" && (acts_begin < 0 || act_at[unit, i] < acts_begin))
                acts_begin = act_at[unit, i]
    for (unit in units) {
        compare_notes(unit)
        compare_states(unit)
        compare_actors(unit)
        compare_restarts(unit)
        for (other in units)
            if (unit < other)
                compare_order(unit, other)
        total += notes[0, unit]
        total_states += seens[unit]
    }
    printf "%d notes, %d states, %d pairs in order, at most %d ms late\n", total, total_states, pairs, most
    exit problems > 0
}
