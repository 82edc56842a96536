#!/bin/bash
# The unit tests are built under the sanitizers, beside other tests (make check runs them afterwards) and behind these:
# they have their time to keep.
# time limit: 900
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# The job server of a make above us is not within reach.
MAKEFLAGS=$(sed -E 's/(^| )(-j[0-9]*|--jobserver-[a-z]*=[^ ]*)//g' <<<"${MAKEFLAGS:-}")
export MAKEFLAGS
ok "the unit tests are built under the sanitizers" nice -n 10 make -j"$(nproc)" --no-print-directory WERROR=1 \
    BUILD="${BUILD:-build}/asan" SANITIZE=address,undefined test-programs
done_testing
