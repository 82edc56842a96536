# What is common to the tables of sandbox/ENFORCED.md: reading what judge.awk wrote, for each class its file of directives, then that
# of attempts.

# "ProtectSystem:EACCES,ReadOnlyPaths:EROFS": under the first directive, which is the one that most units use.
function first(cell) {
    sub(/,.*/, "", cell)
    return substr(cell, index(cell, ":") + 1)
}

# What the verdict, and what was seen, make of it.
function grade(said, tried, got,    word) {
    word = said == "refused" ? "refused" : said == "partial" ? "degraded" : said == "full" ? "enforced" : "not held"
    if (word == "enforced")
        return tried > 0 ? word : word " (by the place)"
    return got > 0 ? word " (" got " through)" : word
}

BEGIN { FS = "|" }
FNR == 1 {
    n = split(FILENAME, path, "/")
    if (path[n] == "directives") classes[++class_count] = path[n - 1]
    kind = path[n]
}
kind == "directives" {
    if (class_count == 1) rows[++row_count] = $1
    cell[$1, class_count] = grade($2, $3, $4)
    if ($2 == "refused") refused[class_count] = refused[class_count] " " $1
}
kind == "attempts" {
    if (class_count == 1) attempts[++attempt_count] = $1
    alone[$1, class_count] = first($3)
    if ($4 != "-") tried[class_count]++
    if ($4 == "ok") { got[$5, class_count] = got[$5, class_count] " " $1; is_through[$1, class_count] = 1 }
    if ($6 != "-") tried_strict[class_count]++
    if ($6 == "ok") strict[class_count] = strict[class_count] " " $1
}

function head(title, c, line, rule) {
    line = "| " title " |"
    rule = "|---|"
    for (c = 1; c <= class_count; c++) { line = line " " classes[c] " |"; rule = rule "---|" }
    print line "\n" rule
}

function put_directives(    i, c, line) {
    head("directive")
    for (i = 1; i <= row_count; i++) {
        line = "| " rows[i] " |"
        for (c = 1; c <= class_count; c++) line = line " " cell[rows[i], c] " |"
        print line
    }
}
