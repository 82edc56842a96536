# systemd-analyze syscall-filter | awk -f call_names.awk -v version="$(systemd-analyze --version | head -n 1)"
#
# Writes call_names.inc: CALL(name, groups) for each system call that systemd has in a group, sorted by name. Comments
# of the listing begin with "#", which leaves out what the running kernel has and systemd does not know.

function bit(group) {
    group = toupper(substr(group, 2))
    gsub("-", "_", group)
    return "CALLS_" group
}

# What a group has, groups in it opened; @known is special, see call_table.h.
function collect(group, top,    i, count, items) {
    count = split(members[group], items, " ")
    for (i = 1; i <= count; i++) {
        if (items[i] !~ /^@/)
            has[items[i], top] = known_calls[items[i]] = 1
        else if (top != "@known")
            collect(items[i], top)
    }
}

/^@/ { group = $1; groups[++group_count] = group; next }
/^#/ { group = ""; next }
/^ +#/ || !NF || !group { next }
{ members[group] = members[group] " " $1 }

END {
    # Calls that this systemd's table lacks, where they belong. They are not @known: what does not list them answers
    # "not implemented", so that programs do what they did before.
    members["@mount"] = members["@mount"] " open_tree_attr"
    known_calls["listns"] = 1
    for (i = 1; i <= group_count; i++)
        collect(groups[i], groups[i])
    print "/* Made by call_names.awk of the groups of " version ". */"
    for (call in known_calls) {
        text = ""
        for (i = 1; i <= group_count; i++)
            if ((call, groups[i]) in has)
                text = text (text ? " | " : "") bit(groups[i])
        print "CALL(" call ", " (text ? text : "0") ")" | "LC_ALL=C sort"
    }
    close("LC_ALL=C sort")
}
