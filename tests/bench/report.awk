# Reads what the sampler measured; prints, in Markdown, where and when that was, a table, and a verdict per promise.
# Status 1: one is broken.

function key(phase, program, metric) { return phase " " program " " metric }

# Values are kept sorted, so that median and quartiles can be read off.
function add(k, value,    i) {
    for (i = count[k]++; i > 0 && values[k, i - 1] > value; i--)
        values[k, i] = values[k, i - 1]
    values[k, i] = value
}

function at(k, part) { return values[k, int((count[k] - 1) * part + 0.5)] }
function median(k) { return at(k, 0.5) }
function least(k) { return values[k, 0] }
function most(k) { return values[k, count[k] - 1] }

function shown(value, unit) {
    if (unit == "us") return value < 10000 ? sprintf("%.2f ms", value / 1000) : sprintf("%.0f ms", value / 1000)
    if (unit == "kB") return value < 1000 ? value " kB" : sprintf("%.2f MB", value / 1000)
    return value ""
}

# "median (first quartile to third; least to most; number of samples)"
function cell(k, unit) {
    if (!(k in count)) return "-"
    if (least(k) < 0) return "failed"
    if (least(k) == most(k)) return shown(median(k), unit)
    return shown(median(k), unit) " (" shown(at(k, 0.25), unit) " to " shown(at(k, 0.75), unit) "; " \
        shown(least(k), unit) " to " shown(most(k), unit) "; n=" count[k] ")"
}

function line(title, phase, metric, unit,    i, text) {
    text = "| " title " |"
    for (i = 0; i < programs; i++)
        text = text " " cell(key(phase, program[i], metric), unit) " |"
    print text
}

function ratio(phase, metric) {
    return median(key(phase, "reeve", metric)) / median(key(phase, "floor", metric))
}

# Of one word, without the blanks of the other fields.
function word(name) { sub(/ +$/, "", host[name]); return host[name] }

function verdict(is_good, text) {
    printf "- %s: %s\n", is_good ? "ok" : "not ok", text
    if (!is_good) failed++
}

# Of the medians; a promise below 1.5 takes at least 20 samples of both.
function within(title, phase, metric, limit,    k, n, r) {
    k = key(phase, "reeve", metric)
    n = count[key(phase, "floor", metric)]
    if (count[k] < n) n = count[k]
    r = ratio(phase, metric)
    verdict(r <= limit && least(k) >= 0, sprintf("%s: %s, %.2f of the floor's %s (at most %.1f; %d samples%s)", title, \
        shown(median(k), "us"), r, shown(median(key(phase, "floor", metric)), "us"), limit, n, \
        n < 20 ? ", too few to be sure" : ""))
}

$1 == "host" { host[$2] = $3 " " $4 " " $5; next }
{
    if (!($2 in seen)) { seen[$2] = 1; program[programs++] = $2 }
    add(key($1, $2, $3), $4)
}

END {
    printf "%s, reeve %s (commit %s), Linux %s, %d cores; load before %s, after %s; %d minutes\n\n", \
        word("date"), word("version"), word("commit"), word("kernel"), host["cores"], host["load-before"], \
        host["load-after"], (host["ended"] - host["began"] + 30) / 60
    text = "| median (quartiles; extremes; samples) |"; rule = "|---|"
    for (i = 0; i < programs; i++) { text = text " " program[i] " |"; rule = rule "---|" }
    print text; print rule
    line("PSS of PID 1, 3 services", "few", "pss", "kB")
    line("PSS of PID 1, 1,000 services", "many", "pss", "kB")
    line("PSS of all its processes, 3 services", "few", "pss-all", "kB")
    line("PSS of all its processes, 1,000 services", "many", "pss-all", "kB")
    line("exec of PID 1 to the first of 1,000 services", "many", "first", "us")
    line("exec of PID 1 to the last of 1,000 services", "many", "up", "us")
    line("kill -9 to running again, 3 services", "few", "restart", "us")
    line("kill -9 to running again, 1,000 services", "many", "restart", "us")
    line("10,000 orphans made and reaped", "few", "orphans", "us")
    line("orphans left", "few", "orphans-left", "")
    line("wake-ups of PID 1 in 20 s", "few", "wakeups", "")
    line("wake-ups of all its processes in 20 s", "few", "wakeups-all", "")
    line("stop of 1,000 services", "many", "stop", "us")
    line("services told by SIGTERM, of 1,000", "many", "told", "")
    print ""
    k = key("few", "reeve", "pss")
    verdict(most(k) <= 2300, sprintf("PID 1 with 3 services: %.2f MB PSS (at most 2.3)", most(k) / 1000))
    each = (most(key("many", "reeve", "pss")) - most(k)) / 997
    verdict(each <= 3, sprintf("each further service: %.2f kB (at most 3)", each))
    within("1,000 services up", "many", "up", 1.5)
    within("a killed service runs again", "few", "restart", 1.5)
    k = key("few", "reeve", "orphans-left")
    verdict(count[k] > 0 && most(k) <= 0, sprintf("10,000 orphans, %d times: %d left; time %.2f of the floor's", count[k], most(k), \
        ratio("few", "orphans")))
    k = key("few", "reeve", "wakeups")
    verdict(count[k] > 0 && most(k) == 0, sprintf("wake-ups of PID 1 in 20 idle seconds: %d", most(k)))
    within("1,000 services stopped", "many", "stop", 1.5)
    k = key("many", "reeve", "told")
    verdict(least(k) == 1000, sprintf("services told by SIGTERM first: %d of 1,000 in the worst of %d stops", least(k), count[k]))
    exit failed > 0
}
