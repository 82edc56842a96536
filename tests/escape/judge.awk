# Puts together what was attempted in one class of place. Files in order: `escape list`, directives.txt, what `escape control`
# said, what `escape outside` said, lines "UNIT ATTEMPT RESULT" from inside, lines "UNIT DIRECTIVE STRENGTH" of reevectl.
# Writes OUT/attempts and OUT/directives; prints what does not fit together.

# Whether the program got through. "-" is no attempt.
function through(result) { return result == "ok" }
function rank(strength) { return strength == "none" ? 1 : strength == "partial" ? 2 : strength == "full" ? 3 : 0 }

FNR == 1 { file++ }
file == 1 { split($0, part, "|"); order[++count] = part[1]; directives[part[1]] = part[2]; passes[part[1]] = part[3] }
file == 2 { split($0, part, "|"); rows[++row_count] = part[1]; key[part[1]] = part[2]; unit[part[1]] = part[3] == "" ? "bare" : part[1] }
file == 3 && $1 == "escape" { if (control[$2] != "ok") control[$2] = $3 }
file == 4 && $1 == "escape" { control[$2] = $3 }
file == 5 { result[$1, $2] = $3; ran[$1] = 1 }
file == 6 { k = $1 SUBSEP $2; if (!(k in strength) || rank($3) < rank(strength[k])) strength[k] = $3 }

# What reevectl says of a row, in a unit: PID 1 and its socket are always held.
function said_in(name, row) {
    if (row == "Init" || row == "Control")
        return "full"
    if (row == "Credentials") { # of the service that has them, if who looks for them is in a domain
        if (strength[name, "SignalScope"] != "full")
            return "none"
        name = "keeper"
    }
    return ((name, key[row]) in strength) ? strength[name, key[row]] : "unsaid"
}
function said(row) { return said_in(unit[row], row) }

# Of what gets through with all directives together: of one that is refused there, that is held in part, or that nobody holds.
function why_through(name, of_name, n, r, word, worst) {
    worst = "open"
    n = split(directives[name], of_name, " ")
    for (r = 1; r <= n; r++) {
        word = said_in("hardened", of_name[r])
        if (word == "none" || word == "unsaid") return "refused"
        if (word == "partial") worst = "degraded"
    }
    return worst
}

END {
    for (r = 1; r <= row_count; r++) {
        row = rows[r]
        tried = held = got = 0
        for (i = 1; i <= count; i++) {
            name = order[i]
            if (index(" " directives[name] " ", " " row " ") == 0)
                continue
            # A unit that could not be started at all has not let anything through.
            outcome = ((unit[row], name) in result) ? result[unit[row], name] : ran[unit[row]] ? "lost" : "unstarted"
            if (outcome == "lost" || outcome == "hung")
                print row ": " name ": " outcome
            cell[name] = cell[name] (cell[name] == "" ? "" : ",") row ":" outcome
            if (outcome == "-" || passes[name] == "systemd")
                continue
            tried += control[name] == "ok"
            if (!through(outcome)) { held++; continue }
            got++
            if (said(row) == "full" || (said(row) == "partial" && passes[name] != "Landlock"))
                print row " is " said(row) " by what reevectl says, and " name " got through"
        }
        printf "%s|%s|%d|%d|%d\n", row, said(row), tried, held, got >(out "/directives")
    }
    for (i = 1; i <= count; i++) {
        name = order[i]
        # All together: what one directive is said to hold, it holds.
        n = split(directives[name], of_name, " ")
        for (r = 1; r <= n && through(result["hardened", name]) && passes[name] != "systemd"; r++) {
            strongest = said_in("hardened", of_name[r])
            if (of_name[r] != "ReadWritePaths" && (strongest == "full" || (strongest == "partial" && passes[name] == "")))
                print "all together: " of_name[r] " is " strongest " by what reevectl says, and " name " got through"
        }
        printf "%s|%s|%s|%s|%s\n", name, control[name] == "" ? "-" : control[name], cell[name], \
            (("hardened", name) in result) ? result["hardened", name] : "unstarted", why_through(name) >(out "/attempts")
    }
}
