# Puts together what was attempted in one class of place. Files in order: `escape list`, directives.txt, what `escape control`
# said, what `escape outside` said, lines "POLICY UNIT ATTEMPT RESULT" from inside, lines "POLICY UNIT DIRECTIVE STRENGTH" of reevectl,
# the rows whose units strict refused. Writes OUT/attempts and OUT/directives; prints what does not fit together.

# Whether the program got through. "-" is no attempt.
function through(result) { return result == "ok" }
function rank(strength) { return strength == "none" ? 1 : strength == "partial" ? 2 : strength == "full" ? 3 : 0 }

FNR == 1 { file++ }
FILENAME == ARGV[1] { split($0, part, "|"); order[++count] = part[1]; directives[part[1]] = part[2]; passes[part[1]] = part[3]; next }
file == 2 {
    split($0, part, "|")
    row = part[1]; rows[++row_count] = row; key[row] = part[2]; unit[row] = part[3] == "" ? "bare" : row; is_alone[row] = part[4] ~ /^alone/; is_vital[row] = part[4] ~ /vital/
}
# Tried as several users: what the last of them can do is what an ordinary user can.
file == 3 && $1 == "escape" { if (control[$2] != "ok") control[$2] = $3; as_user[$2] = $3 }
file == 4 && $1 == "escape" { control[$2] = as_user[$2] = $3 }
# A race is run more than once.
file == 5 { if (result[$1, $2, $3] != "ok") result[$1, $2, $3] = $4; ran[$1, $2] = 1 }
file == 6 { k = $1 SUBSEP $2 SUBSEP $3; if (!(k in strength) || rank($4) < rank(strength[k])) strength[k] = $4 }
file == 7 { is_refused[$1] = 1 }

# What reevectl says of a row, in a unit: PID 1 and its socket are always held.
function said_in(policy, name, row) {
    if (row == "Init" || row == "Control" || key[row] == "=")
        return "full"
    if (row == "Credentials") { # of the service that has them, if who looks for them is in a domain
        if (strength[policy, name, "SignalScope"] != "full")
            return "none"
        name = "keeper"
    }
    return ((policy, name, key[row]) in strength) ? strength[policy, name, key[row]] : "unsaid"
}
# Whether a unit asks for it, or every unit has it.
function has(policy, name, row) {
    if (row == name || row ~ /^(Init|Control|Seal|SignalScope|Services|Credentials)$/)
        return 1
    return name == "hardened" && !is_alone[row] && !(policy == "strict" && row in is_refused)
}
# Of an attempt in a unit: "held", "partial" or "none" by what reevectl says of the directives that forbid it; any one of them is enough.
function called_out(policy, name, attempt,    of_name, n, r, s, worst) {
    worst = "free"
    n = split(directives[attempt], of_name, " ")
    for (r = 1; r <= n; r++) {
        if (!has(policy, name, of_name[r])) continue
        s = said_in(policy, name, of_name[r])
        if (s == "full" || (s == "partial" && passes[attempt] != "partial")) return "held"
        if (s == "partial") worst = "partial"
        else if (worst == "free") worst = "none"
    }
    return worst
}
# Why an attempt got through all directives together, if it did.
function why(attempt,    said) {
    said = called_out("degrade", "hardened", attempt)
    return (said == "held" || said == "free") && passes[attempt] == "systemd" ? "systemd" : said
}
# What is chance; SecureBits=, which a pod that gives root up may have itself; DynamicUser=, of which objects of IPC that outlive the unit are not held; and paths that are not there, or closed, for whoever has mounts, while reevectl speaks of all ways to a credential together.
function may_fail(name, attempt) {
    return name ~ /^(DynamicUser|SecureBits)$/ || attempt ~ /^(race-.*|processor-time|disk-.*|memory-in-time|credential-by-path|.*-own-credential|create-credential)$/
}

# One attempt of a unit; returns what came of it.
function judge(policy, name, attempt,    outcome, said) {
    # A unit that could not be started at all has not let anything through.
    outcome = ((policy, name, attempt) in result) ? result[policy, name, attempt] : (policy, name) in ran ? "lost" : "unstarted"
    if (outcome == "lost" || outcome == "hung")
        print policy ": " name ": " attempt ": " outcome
    if (outcome == "-" || passes[attempt] == "systemd")
        return outcome
    said = called_out(policy, name, attempt)
    if (through(outcome) && (said == "held" || said == "free"))
        print policy ": " name " is held by what reevectl says, and " attempt " got through"
    # All together, one directive helps another: there only the first holds.
    if (name != "hardened" && !through(outcome) && outcome != "unstarted" && (said == "none" || said == "partial") && as_user[attempt] == "ok" && !may_fail(name, attempt))
        print policy ": " name ": " attempt " is not held by what reevectl says, and did not get through: " outcome
    return outcome
}

# All that was asked for has been tried, but where the unit is made not to start.
function missing(policy, name) {
    if (!((policy, name) in ran) && !((policy == "strict" || is_vital[name]) && name in is_refused) && name != "ReadWritePaths" && name != "BindRace")
        print policy ": " name ": the unit has not run"
}

END {
    for (p = 1; p <= 2; p++) {
        policy = p == 1 ? "degrade" : "strict"
        has_more = 0
        for (r = 1; r <= row_count; r++) { missing(policy, unit[rows[r]]); has_more += !is_alone[rows[r]] }
        if (has_more) missing(policy, "hardened")
    }
    for (r = 1; r <= row_count; r++) {
        row = rows[r]
        tried = got["degrade"] = got["strict"] = 0
        for (i = 1; i <= count; i++) {
            name = order[i]
            if (index(" " directives[name] " ", " " row " ") == 0)
                continue
            outcome = judge("degrade", unit[row], name)
            cell[name] = cell[name] (cell[name] == "" ? "" : ",") row ":" outcome
            if (through(outcome)) got_by_key[key[row]]++
            if (outcome == "-" || passes[name] == "systemd")
                continue
            tried += control[name] == "ok"
            got["degrade"] += through(outcome)
            if (!(row in is_refused))
                got["strict"] += through(judge("strict", unit[row], name))
        }
        printf "%s|%s|%d|%d\n", row, row in is_refused ? "refused" : said_in("strict", unit[row], row), tried,
            row in is_refused ? got["degrade"] : got["strict"] >(out "/directives")
        said[row] = said_in("degrade", unit[row], row)
        if ((row in is_refused) && said[row] == "full")
            print "degrade: " row " is full by what reevectl says, and strict refuses it"
    }
    # Of what is held in part something must get through, or the word is wrong.
    for (row in said)
        if (said[row] == "partial" && !got_by_key[key[row]] && row != "DynamicUser") # there: objects that outlive the unit
            print "degrade: " row " is held in part by what reevectl says, and nothing got through"
    for (i = 1; i <= count; i++) {
        name = order[i]
        for (p = 1; p <= 2; p++) {
            policy = p == 1 ? "degrade" : "strict"
            together[policy] = (policy, "hardened", name) in result ? judge(policy, "hardened", name) : "-"
        }
        printf "%s|%s|%s|%s|%s|%s\n", name, control[name] == "" ? "-" : control[name], cell[name], together["degrade"],
            why(name), together["strict"] >(out "/attempts")
    }
}
