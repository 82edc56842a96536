#!/bin/bash
# Prints the cases about PathChanged= and PathModified=: what counts as a change, and what is seen of it.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

# Who writes may be slow, so that what he does first is dealt with before he does the rest.
merged="trace set"

changed() {
    local name=$1 text=$2
    shift 2
    path_once "changed-$name" "PathChanged=: $text" "PathChanged=WORK/d/f" "$@"
    path_once "modified-$name" "PathModified=: $text" "PathModified=WORK/d/f" "$@"
}
changed exists "there at the start is no change" "file write d/f" "$go" "$quiet" "show a.path a.service"
changed written "written and closed" "file write d/f" "$go" "file append d/f" "$runs" "$waits" "$merged"
changed again "written twice" "file write d/f" "$go" "file append d/f" "$runs" "$waits" "$quiet" "file append d/f" \
    "$quiet" "$waits" "$merged"
changed touched "touched" "file write d/f" "$go" "file touch d/f" "$runs" "$waits" "$merged"
changed mode "another mode" "file write d/f" "$go" "file chmod 600 d/f" "$runs" "$waits"
changed removed "removed" "file write d/f" "$go" "file rm d/f" "$runs" "$waits"
changed removed-and-back "removed, and there again" "file write d/f" "$go" "file rm d/f" "$runs" "$waits" "$quiet" \
    "file write d/f" "$quiet" "$waits" "$merged"
changed comes "not there at the start, and comes" "$go" "$quiet" "show a.path a.service" "file mkdir d/f" "$runs" "$waits"
changed replaced "replaced by another file" "file write d/f" "file write d/g" "$go" "file mv d/g d/f" "$runs" "$waits" \
    "$quiet"
changed replaced-twice "the new file counts after that" "file write d/f" "file write d/g" "$go" "file mv d/g d/f" "$runs" \
    "$waits" "$quiet" "file append d/f" "$quiet" "$waits" "$merged"
changed moved-away "renamed to another name" "file write d/f" "$go" "file mv d/f d/g" "$runs" "$waits"
changed nested "its directory comes with it" "file mkdir d/x" "file write d/x/f" "$go" "file mv d/x d/f" "$runs" "$waits"
changed other "another file of its directory is written" "file write d/f" "$go" "file write d/g" "$quiet" \
    "show a.path a.service"
changed directory-gone "its directory is renamed" "file write d/f" "$go" "file mv d e" "$runs" "$waits"
changed open "written to, but not closed" "file write d/f" "file open d/f" "$go" "file say" "$quiet" \
    "show a.path a.service" "file close" "$quiet" "$waits"

path_once changed-directory "PathChanged=: of a directory: a file comes" "PathChanged=WORK/d" "$go" "file write d/f" "$runs" \
    "$quiet" "$waits" "trace set"
path_once changed-directory-inside "PathChanged=: of a directory: a file in it is written" "PathChanged=WORK/d" "file write d/f" \
    "$go" "file append d/f" "$runs" "$quiet" "$waits"
path_once changed-directory-open "PathChanged=: of a directory: a file in it is written, and stays open" "PathChanged=WORK/d" \
    "file open d/f" "$go" "file say" "$quiet" "show a.path a.service" "file close" "$runs" "$waits"
path_once modified-directory-open "PathModified=: likewise" "PathModified=WORK/d" "file open d/f" "$go" "file say" "$runs" \
    "$quiet" "$waits" "file close" "trace set"
path_once changed-directory-removed "PathChanged=: of a directory: a file goes" "PathChanged=WORK/d" "file write d/f" "$go" \
    "file rm d/f" "$runs" "$waits"
path_once changed-directory-deep "PathChanged=: of a directory: not what lies deeper" "PathChanged=WORK/d" "file mkdir d/e" "$go" \
    "file write d/e/f" "$quiet" "show a.path a.service"
path_once changed-link "PathChanged=: a link, and what it leads to is written" "PathChanged=WORK/d/f" "file write g" \
    "file ln -s g d/f" "$go" "file append g" "$runs" "$waits"
path_once changed-link-replaced "PathChanged=: a link that is replaced" "PathChanged=WORK/d/f" "file write g" "file write h" \
    "file ln -s g d/f" "file ln -s h d/g" "$go" "file mv d/g d/f" "$quiet" "show a.path a.service"
path_once changed-two "two of them: which one it was is told" "PathChanged=WORK/d/f;PathModified=WORK/d/g" "file write d/f" \
    "file write d/g" "$go" "file append d/g" "$runs" "$waits" "$merged"
path_once changed-same-twice "the same file twice" "PathChanged=WORK/d/f;PathModified=WORK/d/f" "file write d/f" "$go" \
    "file append d/f" "$runs" "$quiet" "$waits" "trace set"
path_stays changed-while-running "PathChanged=: what changes while the service runs is not seen" "PathChanged=WORK/d/f" \
    "file write d/f" "$go" "file append d/f" "$up" "show a.path" "file append d/f" "$quiet" "kill TERM a.main" "$waits" \
    "$quiet" "show a.service" "file append d/f" "$up"
path_stays changed-gone-while-running "PathChanged=: also not that it is gone" "PathChanged=WORK/d/f" "file write d/f" "$go" \
    "file append d/f" "$up" "file rm d/f" "kill TERM a.main" "$waits" "$quiet" "show a.service"
