# shellcheck shell=bash
# For those who compare results of drive.sh: parts of them, and when two times count as the same.

# A time is the same within 10 % and 300 ms. The one place where that is said.
times_percent=10 times_ms=300

# titles FILE: the names of the cases in it
titles() {
    sed -n 's/^=== \([^:]*\):.*/\1/p' "$1"
}

# block FILE CASE: what was seen in one case, without its title
block() {
    awk -v name="$2" '/^=== / { on = $2 == name ":"; next } on && !/^#/' "$1"
}

# with_times_of WANTED GOT: prints GOT; lines that differ from those of WANTED only in a time, and are the same, as
# WANTED has them
with_times_of() {
    awk -v percent=$times_percent -v ms=$times_ms '
        # what: the line without its time; time: that
        function split_line(line) {
            what = line
            time = line
            sub(/ ~ [0-9]+ ms$/, "", what)
            sub(/.* ~ /, "", time)
            time += 0
        }
        !/ ~ [0-9]+ ms$/ { if (FILENAME != ARGV[1]) print; next }
        FILENAME == ARGV[1] { split_line($0); wanted[what, ++count[what]] = time; next }
        {
            split_line($0)
            if ((what, ++seen[what]) in wanted) {
                other = wanted[what, seen[what]]
                late = time > other ? time - other : other - time
                if (late <= ms + other * percent / 100) time = other
            }
            printf "%s ~ %d ms\n", what, time
        }' "$1" "$2"
}
