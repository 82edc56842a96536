# shellcheck shell=bash disable=SC2034 # used by who sources this
# For record_values.sh and tests/shell/values.sh: which units are compared, and in which form.
values_file=tests/conformance/recorded_values.txt
values_seed=257
values_count=2500

# values_generate DIRECTORY TOOL: g1.service … and plain.service, whose values count as the defaults
values_generate() {
    "$2" units "$values_seed" "$values_count" "$1" && printf '[Service]\nExecStart=/bin/true\n' >"$1/plain.service"
}

# Of lines "UNIT PROPERTY=VALUE", those that are not plain.service's, too. Names of units and variables have no order, no unit
# is its own, and /tmp is a mount where systemd ran; what is said twice counts once.
values_normalise() {
    awk '
        function tidy(unit, value,    words, n, i, j, word, text) {
            n = split(value, words, " ")
            for (i = 2; i <= n; i++) {
                word = words[i]
                for (j = i - 1; j > 0 && words[j] > word; j--) words[j + 1] = words[j]
                words[j + 1] = word
            }
            text = ""
            for (i = 1; i <= n; i++)
                if (words[i] != unit && words[i] != words[i - 1] && words[i] != "tmp.mount") text = text (text == "" ? "" : " ") words[i]
            return text
        }
        {
            unit = $1
            line = substr($0, length(unit) + 2)
            if (match(line, /^(Wants|PartOf|OnFailure|PassEnvironment|UnsetEnvironment)=/)) {
                line = substr(line, 1, RLENGTH) tidy(unit, substr(line, RLENGTH + 1))
                if (line ~ /=$/) next # it named itself alone
            }
            if (unit == "plain.service") { plain[line] = 1; next }
            if (line == "Description=" unit) next # the default
            lines[++count] = unit " " line
            own[count] = line
        }
        END { for (i = 1; i <= count; i++) if (!(own[i] in plain)) print lines[i] }' | LC_ALL=C sort
}
